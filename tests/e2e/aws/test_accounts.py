"""The ways into accounts: roles, external ids, profiles, partitions, regions; and two accounts of one name."""

import pytest
from conftest import serving

from cloud import ENVIRONMENT, HOME, OTHER, REGIONS, Cloud
from proxy import Proxy
from running import ON_REQUEST, moto, run, values

KIND = "aws_ec2_volume"
THIRD = "333333333333"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def proxy(directory):
    with moto(directory) as url, Proxy(url) as proxy:
        proxy.moto = url
        yield proxy


def collect(directory, proxy, environment=ENVIRONMENT, **aws):
    """What a collection shows, and what it asked."""
    proxy.requests.clear()
    aws = {"enabled": True, "endpoint_url": proxy.url, "collect": [KIND], **aws}
    settings = {"providers": {"aws": aws}, "workflows": ON_REQUEST}
    with serving(directory, settings, environment, ready=False) as server:
        found, log, _ = run(server, "collect")
    return found, log


def assumed(proxy):
    """Account -> what its role was assumed with."""
    roles = [request.params for request in proxy.requests if request.operation == "AssumeRole"]
    return {params["RoleArn"].split(":")[4]: params for params in roles}


def test_roles_are_assumed_with_external_id_and_session_name(directory, proxy):
    accounts = [
        {"id": OTHER},
        {"id": THIRD, "role": "special", "external_id": "its-own", "session_name": "auditor"},
    ]
    shared = {"role": "reader", "external_id": "shared", "regions": [REGIONS[0]]}
    found, log = collect(directory, proxy, accounts=accounts, **shared)
    roles = assumed(proxy)
    assert roles[OTHER]["RoleArn"] == f"arn:aws:iam::{OTHER}:role/reader"
    assert (roles[OTHER]["ExternalId"], roles[OTHER]["RoleSessionName"]) == ("shared", "cloudgauge")
    assert roles[THIRD]["RoleArn"] == f"arn:aws:iam::{THIRD}:role/special"
    assert (roles[THIRD]["ExternalId"], roles[THIRD]["RoleSessionName"]) == ("its-own", "auditor")
    assert values(found, "cloudgauge_scope_up", "account", kind=KIND) == {OTHER: 1, THIRD: 1}, log


def test_every_profile_is_an_account(directory, proxy):
    config, credentials = directory / "config", directory / "credentials"
    config.write_text("[profile one]\nregion = eu-west-1\n")
    credentials.write_text("[one]\naws_access_key_id = of-one\naws_secret_access_key = secret\n")
    files = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    environment = {**{key: value for key, value in ENVIRONMENT.items() if key not in keys}, **files}
    found, log = collect(directory, proxy, environment, profiles=["one"], regions=[REGIONS[0]])
    assert values(found, "cloudgauge_scope_up", "account", kind=KIND) == {HOME: 1}, log
    identity = [request.region for request in proxy.requests if request.operation == "GetCallerIdentity"]
    assert set(identity) == {"eu-west-1"}, "the profile's own region is asked"


@pytest.mark.parametrize(
    ("partition", "home", "region"),
    [("aws", "eu-west-1", "eu-north-1"), ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"), ("aws-cn", "cn-north-1", "cn-northwest-1")],
)
def test_roles_and_regions_are_those_of_the_partition(directory, proxy, partition, home, region):
    found, log = collect(
        directory, proxy, accounts=[{"id": OTHER, "role": "reader"}], home_region=home, regions=[home, region]
    )
    assert assumed(proxy)[OTHER]["RoleArn"] == f"arn:{partition}:iam::{OTHER}:role/reader"
    listed = [request.region for request in proxy.requests if request.operation == "DescribeVolumes"]
    assert sorted(listed) == sorted([home, region])
    assert values(found, "cloudgauge_scope_up", "region", kind=KIND) == {home: 1, region: 1}, log


def test_an_account_has_the_regions_that_are_enabled_in_it(directory, proxy):
    found, _ = collect(directory, proxy, accounts=[{"id": HOME}])
    regions = Cloud(proxy.moto).client("ec2").describe_regions()["Regions"]
    expected = {region["RegionName"] for region in regions}
    assert len(expected) > 10
    assert set(values(found, "cloudgauge_scope_up", "region", kind=KIND)) == expected


def test_two_accounts_of_one_name_are_two(directory, proxy):
    for account in (HOME, OTHER):
        ec2 = Cloud(proxy.moto).client("ec2", account)
        ec2.create_volume(AvailabilityZone=f"{REGIONS[0]}a", Size=1)
    accounts = [{"id": HOME, "name": "prod"}, {"id": OTHER, "name": "prod", "role": "reader"}]
    found, log = collect(directory, proxy, accounts=accounts, regions=[REGIONS[0]])
    up = values(found, "cloudgauge_scope_up", "account", "account_name", kind=KIND)
    assert set(up) == {(HOME, "prod"), (OTHER, "prod")}, log
    volumes = values(found, "cloudgauge_volumes", "account_id", "account")
    assert volumes == {(HOME, "prod"): 1, (OTHER, "prod"): 1}
