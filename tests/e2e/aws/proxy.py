"""A proxy in front of moto that keeps a record of all requests and can do to some what bad days do."""

import collections
import contextlib
import dataclasses
import datetime
import email.utils
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
    ("bedrock", "POST /listTagsForResource"),
    ("bedrock", "POST /knowledgebases/"),
    ("bedrock", "POST /prompts/"),
    ("es", "POST /2021-01-01/opensearch/domain-info"),
    ("inspector2", "POST /findings/list"),
    ("inspector2", "POST /coverage/list"),
    ("ram", "POST /getresourceshareassociations"),
    ("ram", "POST /getresourceshares"),
    ("savingsplans", "POST /DescribeSavingsPlans"),
}


@dataclasses.dataclass(frozen=True)
class Request:
    account: str
    region: str
    service: str
    operation: str
    params: dict = dataclasses.field(hash=False, compare=False)
    signed_at: datetime.datetime = None

    @property
    def mutates(self):
        reads = ("AssumeRole", "BatchDescribe", "BatchGet", "Describe", "GET", "Get", "HEAD", "List", "Search", "Simulate")
        return not self.operation.startswith(reads) and (self.service, self.operation) not in READS_BY_POST


class Proxy:
    """Passes requests on to `target`, except where a fault that was set says otherwise."""

    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target).netloc
        self.requests = []
        self.faults = []
        self.hanging = 0
        # How far AWS's clock is from this machine's.
        self.offset = datetime.timedelta()
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
            case "stall":
                status, headers, content = self.forward(handler, body)
                answer(handler, status, headers, content[: len(content) // 2], length=len(content))
                self.release.wait(60)
                handler.close_connection = True
            case "cut":
                status, headers, content = self.forward(handler, body)
                answer(handler, status, headers, content[: len(content) // 2])
            case "unavailable":
                answer(handler, 503, [], b"<html>busy</html>")
            case "repeat":
                # Whatever page is asked for, the first one comes, with the token of the second.
                answer(handler, *self.forward(handler, without_token(body)))
            case "blank":
                answer(handler, *self.blank(handler, request, body))
            case "skewed":
                now = datetime.datetime.now(datetime.UTC) + self.offset
                if abs(now - request.signed_at) < datetime.timedelta(minutes=5):
                    answer(handler, *self.forward(handler, body))
                else:
                    status, headers, content = error(request, kind)
                    date = email.utils.format_datetime(now, usegmt=True)
                    answer(handler, status, [*headers, ("Date", date)], content)
            case "timeless":
                answer(handler, *error(request, "skewed"))
            case "broken" | "denied" | "expired" | "throttled":
                answer(handler, *error(request, kind))

    def blank(self, handler, request, body):
        """In front of the first page comes one without items that has a token, as EC2's filters make them."""
        if request.params.get("NextToken") == "blank":
            return self.forward(handler, without_token(body))
        if "NextToken" in request.params:
            return self.forward(handler, body)
        name = f"{request.operation}Response"
        content = f"<{name}><requestId>1</requestId><nextToken>blank</nextToken></{name}>"
        return 200, [("Content-Type", "text/xml")], content.encode()

    def forward(self, handler, body):
        connection = http.client.HTTPConnection(self.target, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(handler.command, handler.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP]
        return response.status, kept, content


def without_token(body):
    params = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    return urllib.parse.urlencode([(name, value) for name, value in params if name != "NextToken"]).encode()


def answer(handler, status, headers, content, length=None):
    handler.send_response_only(status)
    for name, value in headers:
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
    signed_at = datetime.datetime.strptime(handler.headers["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    return Request(HOME if key == "testing" else OTHER, region, service, operation, params, signed_at)


# Status and code by kind of fault: of EC2, of S3, of services that speak JSON, and of the others.
ERRORS = {
    "broken": (500, "InternalError", "InternalError", "InternalServerException", "InternalFailure"),
    "denied": (403, "UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AccessDenied"),
    "expired": (403, "RequestExpired", "ExpiredToken", "ExpiredTokenException", "ExpiredToken"),
    "skewed": (403, "RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"),
    "throttled": (429, "RequestLimitExceeded", "SlowDown", "ThrottlingException", "Throttling"),
}


def error(request, kind):
    """The answer of AWS to who may not, or no longer, or not now, in the form of the service."""
    status, of_ec2, of_s3, of_json, of_others = ERRORS[kind]
    message = f"{request.operation} is {kind}"
    if request.service in JSON:
        content = json.dumps({"__type": of_json, "message": message}).encode()
        return 400 if kind == "expired" else status, [("x-amzn-errortype", of_json)], content
    if request.service == "ec2":
        content = (
            f"<Response><Errors><Error><Code>{of_ec2}</Code><Message>{message}</Message></Error></Errors></Response>"
        )
    elif request.service == "s3":
        content = f"<Error><Code>{of_s3}</Code><Message>{message}</Message></Error>"
    else:
        content = (
            f"<ErrorResponse><Error><Code>{of_others}</Code><Message>{message}</Message></Error></ErrorResponse>"
        )
    return status, [("Content-Type", "text/xml")], content.encode()
