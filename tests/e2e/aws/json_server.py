"""A server of one of AWS's JSON services, for what moto lacks.

Parameters and answers are held against botocore's models, so that neither we nor such a server can make up a member.
"""

import contextlib
import http.server
import json
import threading

from botocore.validate import ParamValidator


class JsonServer:
    """Answers what `answer` says to headers and parameters; `mistakes` has what fits no model."""

    def __init__(self):
        self.mistakes = []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                params = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = service.answer(self.headers, params)
                content = json.dumps(answer).encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"

    @contextlib.contextmanager
    def running(self):
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self.listener.shutdown()
            self.listener.server_close()

    def answer(self, headers, params):
        """The status and the answer."""
        raise NotImplementedError

    def check(self, shape, value):
        unknown = set(value) - set(shape.members)
        report = ParamValidator().validate(value, shape)
        if unknown or report.has_errors():
            self.mistakes.append((shape.name, unknown, report.generate_report()))
