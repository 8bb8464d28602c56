"""A proxy in front of moto that keeps a record of all requests and can do to some what bad days do."""

import collections
import contextlib
import dataclasses
import http.client
import http.server
import json
import re
import threading
import urllib.parse

from cloud import HOME, OTHER

SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}
# Services that speak JSON, by the name they sign with.
JSON = {"dynamodb", "sqs", "monitoring", "lambda", "eks", "logs", "organizations"}

# Listings that REST services take as POST.
READS_BY_POST = {
    ("bedrock", "POST /agents/"),
    ("bedrock", "POST /flows/"),
    ("bedrock", "POST /knowledgebases/"),
    ("bedrock", "POST /prompts/"),
    ("inspector2", "POST /findings/list"),
    ("inspector2", "POST /coverage/list"),
}


@dataclasses.dataclass(frozen=True)
class Request:
    account: str
    region: str
    service: str
    operation: str
    params: dict = dataclasses.field(hash=False, compare=False)

    @property
    def mutates(self):
        reads = ("Describe", "List", "Get", "GET", "HEAD", "AssumeRole", "BatchGet", "BatchDescribe", "Search")
        return not self.operation.startswith(reads) and (self.service, self.operation) not in READS_BY_POST


class Proxy:
    """Passes requests on to `target`, except where a fault that was set says otherwise."""

    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target).netloc
        self.requests = []
        self.faults = []
        self.hanging = 0
        self.release = threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, *_):
                """A client that goes away while its answer is held back is what some tests are about."""

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"

    def __enter__(self):
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.listener.shutdown()
        self.listener.server_close()

    @contextlib.contextmanager
    def fault(self, kind, when):
        """Until the end, `kind` happens to the requests for which `when` holds."""
        fault = (kind, when)
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)
            self.release.set()
            self.release = threading.Event()

    def changes(self):
        """The requests so far that were to change something, in order."""
        return [request for request in self.requests if request.mutates]

    def counts(self):
        return collections.Counter((request.service, request.operation) for request in self.requests)

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = read(handler, body)
        self.requests.append(request)
        kind = next((kind for kind, when in self.faults if when(request)), None)
        match kind:
            case None:
                answer(handler, *self.forward(handler, body))
            case "drop":
                handler.close_connection = True
            case "hang":
                self.hanging += 1
                self.release.wait(60)
                handler.close_connection = True
            case "truncate":
                status, headers, content = self.forward(handler, body)
                answer(handler, status, headers, content[: len(content) // 2], length=len(content))
                handler.close_connection = True
            case "unavailable":
                answer(handler, 503, [], b"<html>busy</html>")
            case "denied" | "expired":
                answer(handler, *error(request, kind))

    def forward(self, handler, body):
        connection = http.client.HTTPConnection(self.target, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(handler.command, handler.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.getheaders(), content


def answer(handler, status, headers, content, length=None):
    handler.send_response_only(status)
    for name, value in headers:
        if name.lower() not in HOP_BY_HOP:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)


def read(handler, body):
    key, region, service = SCOPE.search(handler.headers["Authorization"]).groups()
    target = handler.headers.get("X-Amz-Target")
    form = "x-www-form-urlencoded" in handler.headers.get("Content-Type", "")
    if target:
        operation, params = target.rsplit(".", 1)[1], json.loads(body or b"{}")
    elif form:
        params = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        operation = params["Action"]
    else:
        operation, params = f"{handler.command} {handler.path}", {}
    return Request(HOME if key == "testing" else OTHER, region, service, operation, params)


def error(request, kind):
    """The answer of AWS to who may not, or no longer, in the form of the service."""
    code = {"denied": "AccessDenied", "expired": "ExpiredToken"}[kind]
    status = 403
    message = f"{request.operation} is {kind}"
    if request.service in JSON:
        code += "Exception"
        content = json.dumps({"__type": code, "message": message}).encode()
        return 400 if kind == "expired" else status, [("x-amzn-errortype", code)], content
    if request.service == "ec2":
        code = "UnauthorizedOperation" if kind == "denied" else "RequestExpired"
        content = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
        )
    elif request.service == "s3":
        content = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    else:
        content = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return status, [("Content-Type", "text/xml")], content.encode()
