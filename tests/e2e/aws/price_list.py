"""AWS's Price List API, as far as GetProducts goes; moto has none.

Products look as AWS's do: JSON in a text, with everything that is for sale under one region.
"""

import json
import re

import botocore.session
from json_server import JsonServer

MODEL = botocore.session.get_session().get_service_model("pricing").operation_model("GetProducts")
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")


def product(family, unit, *prices, **attributes):
    """One product and what it costs on demand; several prices are for ranges of amounts."""
    sku = f"SKU{abs(hash((family, unit, prices, tuple(sorted(attributes.items()))))):016X}"
    dimensions = {
        f"{sku}.JRTCKXETXF.{number}": {
            "unit": unit, "endRange": "Inf", "description": "", "appliesTo": [], "beginRange": str(number),
            "rateCode": f"{sku}.JRTCKXETXF.{number}", "pricePerUnit": {"USD": f"{price:.10f}"},
        }
        for number, price in enumerate(prices)
    }  # fmt: skip
    term = {"priceDimensions": dimensions, "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {}}
    attributes = {"servicecode": "AmazonEC2", "locationType": "AWS Region", **attributes}
    return {
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": "AmazonEC2", "version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
    }  # fmt: skip


def instance(region, name, price, tenancy="Shared", system="Linux", **attributes):
    return product("Compute Instance", "Hrs", price, regionCode=region, instanceType=name, tenancy=tenancy,
                   operatingSystem=system, **{"preInstalledSw": "NA", "capacitystatus": "Used", **attributes})  # fmt: skip


def for_sale(region, prefix, factor):
    """What a region sells: a few hundred products, of which some are what is looked for."""
    yield instance(region, "t3.micro", 0.01 * factor)
    yield instance(region, "t3.micro", 0.02 * factor, system="Windows")
    yield instance(region, "t3.micro", 0.011 * factor, tenancy="Dedicated")
    yield instance(region, "t3.micro", 0.0, tenancy="Host")
    yield instance(region, "t3.micro", 0.0, capacitystatus="AllocatedCapacityReservation")
    yield instance(region, "t3.micro", 0.2 * factor, preInstalledSw="SQL Web")
    for number in range(230):
        yield instance(region, f"x{number}.large", 1.0 + number)

    def volume(family, usage_type, unit, *prices):
        return product(family, unit, *prices, regionCode=region, usagetype=f"{prefix}EBS:{usage_type}")

    yield volume("Storage", "VolumeUsage.gp3", "GB-Mo", 0.07 * factor)
    yield volume("Storage", "VolumeUsage.io2", "GB-month", 0.1 * factor)
    yield volume("Storage", "VolumeUsage", "GB-Mo", 0.05 * factor)
    yield volume("Storage Snapshot", "SnapshotUsage", "GB-Mo", 0.05 * factor)
    yield volume("System Operation", "VolumeP-IOPS.gp3", "IOPS-Mo", 0.004 * factor)
    yield volume("System Operation", "VolumeP-IOPS.io2", "IOPS-Mo", 0.06 * factor)
    yield volume("System Operation", "VolumeP-IOPS.io2.tier2", "IOPS-Mo", 0.04 * factor)
    yield volume("System Operation", "VolumeP-IOPS.io2.tier3", "IOPS-Mo", 0.03 * factor)
    yield volume("System Operation", "VolumeIOUsage", "IOs", 0.00000005)
    yield volume("Provisioned Throughput", "VolumeP-Throughput.gp3", "GiBps-mo", 30.72 * factor)


class PriceList(JsonServer):
    """Serves `products`, and keeps a record of what was asked for."""

    def __init__(self, products):
        super().__init__()
        self.products, self.requests, self.denied = list(products), [], False

    def answer(self, headers, params):
        scope = SCOPE.search(headers.get("Authorization", ""))
        self.requests.append((scope and scope.groups(), params))
        if headers.get("X-Amz-Target") != "AWSPriceListService.GetProducts":
            self.mistakes.append(headers.get("X-Amz-Target"))
        self.check(MODEL.input_shape, params)
        if self.denied:
            message = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: pricing:GetProducts"
            return 400, {"__type": "AccessDeniedException", "Message": message}
        fitting = [product for product in self.products if all(fits(product, rule) for rule in params["Filters"])]
        start, size = int(params.get("NextToken", 0)), params.get("MaxResults", 100)
        answer = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(product) for product in fitting[start : start + size]],
            **({"NextToken": str(start + size)} if len(fitting) > start + size else {}),
        }
        self.check(MODEL.output_shape, answer)
        return 200, answer


def fits(product, rule):
    assert rule["Type"] == "TERM_MATCH", rule
    offered = {"productFamily": product["product"]["productFamily"], **product["product"]["attributes"]}
    return offered.get(rule["Field"]) == rule["Value"]
