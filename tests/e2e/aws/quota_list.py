"""Service Quotas, and of CloudWatch what measures their use; moto has neither."""

import datetime

import botocore.session
from json_server import JsonServer

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


class QuotaList(JsonServer):
    """Serves `quotas` in pages, and `values` of metrics: newest first, by their dimension `Resource`."""

    def __init__(self, quotas, values):
        super().__init__()
        self.quotas, self.values, self.requests, self.denied = quotas, values, [], False

    def answer(self, headers, params):
        service, name = OPERATIONS[headers["X-Amz-Target"]]
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


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
