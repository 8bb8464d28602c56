"""How much of quotas is used: as IAM says it, as it is counted, and as CloudWatch measures it."""

import pytest
from quota_list import QuotaList, measured, quota

from cloud import ENVIRONMENT, HOME, Cloud, provider
from running import ON_REQUEST, moto, run, values

REGION = "us-east-1"
QUOTAS = [
    quota("vpc", "L-F678F1CE", "VPCs per Region", 5.0),
    quota("vpc", "L-A4707A72", "Internet gateways per Region", 5.0),
    quota("vpc", "L-407747CB", "Subnets per VPC", 200.0),  # neither measured nor counted: it is none of ours
    quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5.0),
    quota("s3", "L-DC2B2D3D", "General purpose buckets", 10_000.0, GlobalQuota=True),
    quota("ec2", "L-1216C47A", "Running On-Demand Standard instances", 64.0, **measured("ResourceCount", Resource="vCPU")),
    quota("ec2", "L-2", "Never measured so far", 10.0, **measured("ResourceCount", Resource="nothing")),
    quota("kms", "L-3", "Requests", 500.0, Period={"PeriodValue": 1, "PeriodUnit": "SECOND"},
          **measured("CallCount", "Sum", Resource="calls")),  # fmt: skip
    quota("kms", "L-4", "Requests of no time", 500.0, **measured("CallCount", "Sum", Resource="calls")),
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with moto(tmp_path_factory.mktemp("moto")) as url:
        cloud = Cloud(url)
        ec2, iam = cloud.client("ec2", HOME, REGION), cloud.client("iam")
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
        ec2.create_vpc(CidrBlock="10.2.0.0/16")
        ec2.create_internet_gateway()
        for _ in range(2):
            ec2.allocate_address(Domain="vpc")
        for name in ("jobs", "logs", "pictures"):
            cloud.client("s3", HOME, REGION).create_bucket(Bucket=name)
        for name in ("ada", "grace", "radia"):
            iam.create_user(UserName=name)
        yield cloud


@pytest.fixture
def quotas():
    with QuotaList(QUOTAS, {"vCPU": [48.0, 12.0], "calls": [30_000.0]}).running() as quotas:
        yield quotas


def collect(start, cloud, quotas, **settings):
    urls = {"service-quotas": quotas.url, "cloudwatch": quotas.url}
    aws = provider(cloud.url, accounts=[{"id": HOME}], regions=[REGION], endpoint_urls=urls,
                   collect=["aws_*_quota", "aws_vpc"], no_collect=[], **settings)  # fmt: skip
    server = start({"providers": {"aws": aws}, "workflows": ON_REQUEST}, ENVIRONMENT, ready=False)
    found, log, _ = run(server, "collect_and_cleanup")
    assert quotas.mistakes == []
    return found, log


def of_services(found, name):
    return values(found, name, "name", kind="aws_service_quota")


def test_what_is_listed_anyway_is_counted(start, cloud, quotas):
    found, _ = collect(start, cloud, quotas)
    ec2 = cloud.client("ec2", HOME, REGION)
    vpcs, gateways = len(ec2.describe_vpcs()["Vpcs"]), len(ec2.describe_internet_gateways()["InternetGateways"])
    assert vpcs > 2 and gateways > 0
    assert of_services(found, "cloudgauge_quota_usage") == {
        "VPCs per Region": vpcs,
        "Internet gateways per Region": gateways,
        "EC2-VPC Elastic IPs": 2,
        "General purpose buckets": 3,
    }
    assert of_services(found, "cloudgauge_quota_usage_ratio") == {
        "VPCs per Region": vpcs / 5,
        "Internet gateways per Region": gateways / 5,
        "EC2-VPC Elastic IPs": 2 / 5,
        "General purpose buckets": 3 / 10_000,
    }
    limits = of_services(found, "cloudgauge_quota_limit")
    assert limits["Running On-Demand Standard instances"] == 64 and "Subnets per VPC" not in limits
    # CloudWatch costs money, and nobody asked for it.
    assert {name for name, _ in quotas.requests} == {"ListServiceQuotas"}


def test_iam_says_itself_what_it_allows_and_what_is_used(start, cloud, quotas):
    found, _ = collect(start, cloud, quotas)
    summary = cloud.client("iam").get_account_summary()["SummaryMap"]
    used = values(found, "cloudgauge_quota_usage", "name", kind="aws_iam_quota")
    names = ["Users", "Groups", "Roles", "Policies", "InstanceProfiles", "ServerCertificates", "PolicyVersionsInUse"]
    assert used == {name: summary[name] for name in names} and used["Users"] == 3
    limits = values(found, "cloudgauge_quota_limit", "name", kind="aws_iam_quota")
    assert limits == {name: summary[f"{name}Quota"] for name in names}


def test_cloudwatch_is_asked_for_the_rest_where_the_settings_say_so(start, cloud, quotas):
    found, _ = collect(start, cloud, quotas, quota_usage=True)
    used = of_services(found, "cloudgauge_quota_usage")
    assert used["Running On-Demand Standard instances"] == 48
    # 30,000 calls in five minutes, of which 500 a second are allowed.
    assert used["Requests"] == pytest.approx(100)
    assert of_services(found, "cloudgauge_quota_usage_ratio")["Requests"] == pytest.approx(0.2)
    # What was never measured, or is limited in a time that nobody states, is not known rather than 0.
    assert "Never measured so far" not in used and "Requests of no time" not in used
    asked = [params for name, params in quotas.requests if name == "GetMetricData"]
    assert len(asked) == 1 and len(asked[0]["MetricDataQueries"]) == 3


def test_quotas_are_there_without_their_use_where_cloudwatch_is_denied(start, cloud, quotas):
    quotas.denied = True
    found, log = collect(start, cloud, quotas, quota_usage=True)
    assert of_services(found, "cloudgauge_quota_limit")["Running On-Demand Standard instances"] == 64
    assert "cloudwatch:GetMetricData" in log
    assert values(found, "cloudgauge_scope_up", "kind", region=REGION)["aws_service_quota"] == 0
    assert of_services(found, "cloudgauge_quota_usage")["EC2-VPC Elastic IPs"] == 2
