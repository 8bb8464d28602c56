"""What instances and volumes cost: by the tables that are built in, and by what AWS's Price List API says."""

import datetime
import gzip
import json
import os
import subprocess

import boto3
import pytest
from conftest import BINARY, ROOT, serving
from moto.ec2.models.instance_types import INSTANCE_TYPES
from price_list import PriceList, for_sale

from cloud import CREDENTIALS, ENVIRONMENT, HOME, Cloud, provider
from running import ON_REQUEST, moto, run, samples, values

REGIONS = ("us-east-1", "eu-north-1")
KINDS = ["aws_ec2_instance", "aws_ec2_instance_type", "aws_ec2_volume", "aws_ec2_volume_type"]
TABLES = ROOT / "src/provider/aws/prices"
HOURS = 730
IMAGE = "ami-0abcdef1234567890"


def bundled():
    """Price by region and type, as the tables have it; volumes have several."""
    found = {}
    for table in [*json.loads(gzip.decompress((TABLES / "instances.json.gz").read_bytes())),
                  json.loads((TABLES / "volumes.json").read_text())]:  # fmt: skip
        for region, prices in table["regions"].items():
            found.setdefault(region, {}).update({**prices.get("instances", {}), **prices.get("volumes", {})})
    return found


def unknown_type():
    """A type that moto knows, and no table."""
    return min(set(INSTANCE_TYPES) - {name for prices in bundled().values() for name in prices})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with moto(tmp_path_factory.mktemp("moto")) as url:
        cloud = Cloud(url)
        for region in REGIONS:
            ec2 = cloud.client("ec2", HOME, region)
            ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=3, MaxCount=3)
            # What moto gives instances to start from is of another type than what is looked at.
            assert {volume["VolumeType"] for volume in ec2.describe_volumes()["Volumes"]} == {"gp2"}
            ec2.create_volume(AvailabilityZone=f"{region}a", VolumeType="gp3", Size=100)
            ec2.create_volume(AvailabilityZone=f"{region}a", VolumeType="gp3", Size=30)
            ec2.create_volume(AvailabilityZone=f"{region}a", VolumeType="gp3", Size=500, Iops=5000, Throughput=250)
        cloud.client("ec2", HOME, REGIONS[0]).run_instances(
            ImageId=IMAGE, InstanceType=unknown_type(), MinCount=2, MaxCount=2
        )
        yield cloud


def config(cloud, **settings):
    aws = provider(cloud.url, accounts=[{"id": HOME}], regions=list(REGIONS), collect=KINDS, no_collect=[], **settings)
    return {"providers": {"aws": aws}, "workflows": ON_REQUEST}


def collected(start, cloud, **settings):
    server = start(config(cloud, **settings), ENVIRONMENT, ready=False)
    found, log, _ = run(server, "collect_and_cleanup")
    return server, found, log


@pytest.fixture(scope="module")
def found(cloud, tmp_path_factory):
    """The metrics of a run without any setting about prices."""
    with serving(tmp_path_factory.mktemp("prices"), config(cloud), ENVIRONMENT, ready=False) as server:
        yield run(server, "collect_and_cleanup")[0]


def test_costs_are_prices_of_the_bundled_table_times_what_there_is(found):
    prices = bundled()
    cost = values(found, "cloudgauge_instances_hourly_cost_dollars", "region", "type")
    assert cost == pytest.approx({(region, "t3.micro"): 3 * prices[region]["t3.micro"] for region in REGIONS})

    cost = values(found, "cloudgauge_volumes_hourly_cost_dollars", "region", type="gp3")
    gp3 = prices["us-east-1"]["gp3"]
    month = 630 * gp3["gib"] + 2000 * gp3["iops"][0] + 125 * gp3["mibps"]
    # Nobody knows what operations cost in the north, so the volume that has more than come with it is in no sum.
    assert "iops" not in prices["eu-north-1"]["gp3"]
    north = 130 * prices["eu-north-1"]["gp3"]["gib"]
    assert cost["us-east-1"] == pytest.approx(month / HOURS)
    assert cost["eu-north-1"] == pytest.approx(north / HOURS)


def test_what_has_no_price_has_no_sample_and_is_counted(found):
    unknown = unknown_type()
    assert unknown not in values(found, "cloudgauge_instances_hourly_cost_dollars", "type")
    assert unknown in values(found, "cloudgauge_instances", "type")
    assert values(found, "cloudgauge_instances_without_price", "region", "type") == {("us-east-1", unknown): 2}
    assert values(found, "cloudgauge_volumes_without_price", "region", "type", type="gp3") == {("eu-north-1", "gp3"): 1}


def test_tables_show_their_source_and_date(found):
    shown = found["cloudgauge_price_table_prices"]
    assert all(labels["provider"] == "aws" and value > 0 for labels, value in shown)
    assert {(labels["table"], labels["source"], labels["date"]) for labels, _ in shown} == {
        ("instances", "fixinventorydata 0.2.6", "2024-05-02"),
        ("instances", "apache-libcloud 3.9.1", "2025-03-02"),
        ("volumes", "Amazon EBS price list, by hand, each price compared with a copy of the list", "2021-07-14"),
    }
    day = values(found, "cloudgauge_price_table_timestamp_seconds", "source")["fixinventorydata 0.2.6"]
    assert datetime.datetime.fromtimestamp(day, datetime.UTC) == datetime.datetime(2024, 5, 2, tzinfo=datetime.UTC)
    assert "cloudgauge_price_refresh_successful" not in found


@pytest.fixture
def price_list():
    products = [*for_sale("us-east-1", "", 1), *for_sale("eu-north-1", "EUN1-", 2), *for_sale("us-west-2", "USW2-", 3)]
    with PriceList(products).running() as prices:
        yield prices


def refreshing(tmp_path, price_list):
    return {
        "endpoint_urls": {"pricing": price_list.url},
        "prices": {"refresh": "7d", "file": str(tmp_path / "kept" / "prices.json")},
    }


def test_the_server_of_the_tests_answers_as_the_price_list_api_does(price_list):
    """boto3 is the judge of it."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    client = boto3.client("pricing", endpoint_url=price_list.url, **keys)
    rules = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}]
    pages = list(client.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=rules))
    products = [json.loads(text) for page in pages for text in page["PriceList"]]
    assert len(pages) > 2 and products == list(for_sale("us-east-1", "", 1))
    assert price_list.mistakes == []


def test_prices_that_aws_was_asked_for_win_and_are_kept(start, cloud, price_list, tmp_path):
    settings = refreshing(tmp_path, price_list)
    server, found, log = collected(start, cloud, **settings)
    assert price_list.mistakes == []
    asked = price_list.requests
    assert {scope for scope, _ in asked} == {("us-east-1", "pricing")}
    rules = [{rule["Field"]: rule["Value"] for rule in params["Filters"]} for _, params in asked]
    assert {rule["regionCode"] for rule in rules} == set(REGIONS)
    assert any("NextToken" in params for _, params in asked) and all(params["MaxResults"] == 100 for _, params in asked)

    for region, factor in zip(REGIONS, (1, 2), strict=True):
        cost = values(found, "cloudgauge_instances_hourly_cost_dollars", "type", region=region)
        assert cost["t3.micro"] == pytest.approx(3 * 0.01 * factor), log
        cost = values(found, "cloudgauge_volumes_hourly_cost_dollars", "type", region=region)
        month = (630 * 0.07 + 2000 * 0.004 + 125 * 0.03) * factor
        assert cost["gp3"] == pytest.approx(month / HOURS)
    assert values(found, "cloudgauge_volumes_without_price", "type", type="gp3") == {}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    fresh = values(found, "cloudgauge_price_table_prices", "table", "date", source="AWS Price List API")
    assert fresh == {("instances", today): 2 * 231, ("volumes", today): 2 * 3}
    assert values(found, "cloudgauge_price_refresh_successful", "provider") == {"aws": 1}

    # They are of today, so nobody is asked again: not in the next run, and not after a restart, when they are read.
    before = len(asked)
    run(server, "collect_and_cleanup")
    server.stop()
    price_list.denied = True
    _, found, _ = collected(start, cloud, **settings)
    assert len(asked) == before
    assert values(found, "cloudgauge_instances_hourly_cost_dollars", "region", type="t3.micro") == pytest.approx(
        {"us-east-1": 0.03, "eu-north-1": 0.06}
    )


def test_a_refresh_that_fails_keeps_the_prices_and_the_run(start, cloud, price_list, tmp_path):
    price_list.denied = True
    server, found, log = collected(start, cloud, **refreshing(tmp_path, price_list))
    prices = bundled()
    cost = values(found, "cloudgauge_instances_hourly_cost_dollars", "region", type="t3.micro")
    assert cost == pytest.approx({region: 3 * prices[region]["t3.micro"] for region in REGIONS}), log
    assert values(found, "cloudgauge_price_refresh_successful", "provider") == {"aws": 0}
    assert "not authorized to perform: pricing:GetProducts" in server.text()
    assert not (tmp_path / "kept").exists()
    # As soon as it may, it does.
    price_list.denied = False
    found, _, _ = run(server, "collect_and_cleanup")
    assert values(found, "cloudgauge_price_refresh_successful", "provider") == {"aws": 1}
    assert values(found, "cloudgauge_instances_hourly_cost_dollars", "region", type="t3.micro") == pytest.approx(
        {"us-east-1": 0.03, "eu-north-1": 0.06}
    )


def command(file, *arguments):
    environment = {**os.environ, **ENVIRONMENT, **CREDENTIALS}
    return subprocess.run([BINARY, f"--config.file={file}", "prices", *arguments], capture_output=True, text=True,
                          env=environment, timeout=120)  # fmt: skip


def test_the_command_shows_prices_and_refreshes_them(cloud, price_list, tmp_path):
    file = tmp_path / "cloudgauge.yaml"
    file.write_text(json.dumps(config(cloud, **refreshing(tmp_path, price_list))))
    tables = command(file).stdout
    assert "fixinventorydata 0.2.6" in tables and "2024-05-02" in tables and "AWS Price List API" not in tables
    price = json.loads(command(file, "--of=t3.micro", "--region=us-east-1", "-o", "json").stdout)
    assert [(row["dollars"], row["unit"], row["date"]) for row in price] == [(0.0104, "hour", "2024-05-02")]

    refreshed = command(file, "refresh")
    assert refreshed.returncode == 0, refreshed.stderr
    assert "kept/prices.json" in refreshed.stdout and price_list.mistakes == []
    assert "AWS Price List API" in command(file).stdout
    price = json.loads(command(file, "--of=t3.micro", "--region=us-east-1", "-o", "json").stdout)
    assert [(row["dollars"], row["source"]) for row in price] == [(0.01, "AWS Price List API")]

    kept = (tmp_path / "kept/prices.json").read_bytes()
    price_list.denied = True
    refused = command(file, "refresh")
    assert refused.returncode == 1 and "not authorized to perform: pricing:GetProducts" in refused.stderr
    assert (tmp_path / "kept/prices.json").read_bytes() == kept
