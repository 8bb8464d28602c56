"""Service Quotas, and of CloudWatch what measures their use; moto has neither.

Requests and answers are held against botocore's models, so that neither we nor this server can make up a member.
"""

import contextlib
import datetime
import http.server
import json
import threading

import botocore.session
from botocore.validate import ParamValidator

SESSION = botocore.session.get_session()
OPERATIONS = {
    "ServiceQuotasV20190624.ListServiceQuotas": ("service-quotas", "ListServiceQuotas"),
    "GraniteServiceVersion20100801.GetMetricData": ("cloudwatch", "GetMetricData"),
}


def quota(service, code, name, value, **more):
    return {"ServiceCode": service, "ServiceName": service, "QuotaCode": code, "QuotaName": name, "Value": value,
            "QuotaArn": f"arn:aws:servicequotas:us-east-1:123456789012:{service}/{code}", "Unit": "None",
            "Adjustable": True, "GlobalQuota": False, **more}  # fmt: skip


def measured(name, statistic="Maximum", **dimensions):
    return {"UsageMetric": {"MetricNamespace": "AWS/Usage", "MetricName": name, "MetricDimensions": dimensions,
                            "MetricStatisticRecommendation": statistic}}  # fmt: skip


class QuotaList:
    """Serves `quotas` in pages, and `values` of metrics: newest first, by their dimension `Resource`."""

    def __init__(self, quotas, values):
        self.quotas, self.values, self.requests, self.mistakes, self.denied = quotas, values, [], [], False
        lists = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                params = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = lists.answer(self.headers["X-Amz-Target"], params)
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

    def answer(self, target, params):
        service, name = OPERATIONS[target]
        self.requests.append((name, params))
        operation = SESSION.get_service_model(service).operation_model(name)
        typed = {key: when(value) if key in ("StartTime", "EndTime") else value for key, value in params.items()}
        self.check(operation.input_shape, typed)
        if name == "GetMetricData" and self.denied:
            return 400, {"__type": "AccessDeniedException", "message": "not authorized to perform: cloudwatch:GetMetricData"}
        answer = self.list(params) if name == "ListServiceQuotas" else self.measure(params)
        self.check(operation.output_shape, answer)
        return 200, answer

    def list(self, params):
        fitting = [quota for quota in self.quotas if quota["ServiceCode"] == params["ServiceCode"]]
        start = int(params.get("NextToken", 0))
        rest = {"NextToken": str(start + 2)} if len(fitting) > start + 2 else {}
        return {"Quotas": fitting[start : start + 2], **rest}

    def measure(self, params):
        results = []
        for query in params["MetricDataQueries"]:
            dimensions = {pair["Name"]: pair["Value"] for pair in query["MetricStat"]["Metric"]["Dimensions"]}
            values = self.values.get(dimensions["Resource"], [])
            results.append({"Id": query["Id"], "Label": "usage", "Values": values, "StatusCode": "Complete"})
        return {"MetricDataResults": results, "Messages": []}

    def check(self, shape, value):
        unknown = set(value) - set(shape.members)
        report = ParamValidator().validate(value, shape)
        if unknown or report.has_errors():
            self.mistakes.append((shape.name, unknown, report.generate_report()))


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
