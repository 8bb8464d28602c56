"""Fields and edges of the kinds that `expected` maps by hand, against what boto3 says of the same moto."""

import collections
import fnmatch
import json
import subprocess

import pytest
from conftest import BINARY

from cloud import ACCOUNTS, HOME, KINDS, OTHER, OTHER_KINDS, REGIONS
from expected import Expected, edges
from expected.shape import same
from running import samples, values
from world import MOVING, PRICES, key

NAMES = {HOME: "home-alias", OTHER: 'The other <account> & "co"'}


@pytest.fixture(scope="module")
def expected(world):
    return Expected(world.cloud, ACCOUNTS)


@pytest.fixture(scope="module")
def server(world):
    return world.server


@pytest.fixture(scope="module")
def documents(world):
    """The resources that cloudgauge has of the kinds that are described, by their keys."""
    found = world.documents()
    return {
        key: document for key, document in found.items() if any_of(key[0], KINDS) and not any_of(key[0], OTHER_KINDS)
    }


def any_of(kind, patterns):
    return any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns)


def test_every_resource_is_there_and_no_other(expected, documents):
    wanted = collections.Counter(node.key for node in expected.nodes)
    assert [key for key, count in wanted.items() if count > 1] == []
    assert sorted(wanted.keys() - documents.keys()) == []
    assert sorted(documents.keys() - wanted.keys()) == []


def test_every_property_has_the_value_that_boto3_has(expected, documents):
    """A property that is reported but not expected differs too: nothing goes unchecked."""
    differences, compared = collections.defaultdict(list), 0
    for node in expected.nodes:
        reported = documents[node.key]["reported"]
        for name in sorted((node.reported.keys() | reported.keys()) - PRICES):
            compared += 1
            want, got = node.reported.get(name), reported.get(name)
            if name in MOVING:
                want, got = want is None, got is None
            if not same(want, got):
                differences[node.kind, name].append((node.id, want, got))
    report = [f"{kind}.{name} ({len(found)}): {found[0]}" for (kind, name), found in sorted(differences.items())]
    assert not report, "\n".join(report)
    assert compared > 5_000


def test_places_and_protection_are_right(expected, documents):
    differences = []
    for node in expected.nodes:
        document = documents[node.key]
        zone = document["ancestors"].get("zone", {}).get("reported", {}).get("id")
        name = document["ancestors"]["account"]["reported"]["name"]
        found = (zone, name, document["metadata"]["protected"])
        if found != (node.zone, NAMES[node.account], node.protected):
            differences.append((node.key, found, (node.zone, NAMES[node.account], node.protected)))
    assert differences == []


def test_every_edge_is_there_and_no_other(expected, documents, server):
    default, delete = edges(expected.nodes)
    by_id = {document["id"]: key for key, document in documents.items()}

    def found(edge):
        pairs = set()
        for this, document in documents.items():
            for other in server.search(f'id("{document["id"]}") -{edge}->'):
                if other["id"] in by_id:
                    pairs.add((this, by_id[other["id"]]))
        return pairs

    for edge, wanted in (("default", default), ("delete", delete)):
        got = found(edge)
        assert sorted(wanted - got) == [], edge
        assert sorted(got - wanted) == [], edge
    assert len(default) > 700 and len(delete) > 600


def test_resources_hang_below_their_zone_or_region(server):
    lost = server.search(
        "is(resource) and not is(cloud, account, graph_root) with(empty, <-- is(zone, region, account))"
    )
    assert [key(document) for document in lost] == []


def test_metrics_are_the_counts_of_boto3(world, server):
    found = samples(server.scrape())
    place = ("account", "account_id", "region")

    def count(kinds, *by):
        return collections.Counter(
            (NAMES[node.account], node.account, node.region, *(str(node.reported.get(name, "")) for name in by))
            for node in world.nodes
            if node.kind in kinds
        )

    def shown(name, *by):
        return {labels: value for labels, value in values(found, name, *place, *by).items() if value}

    instances = count({"aws_ec2_instance"}, "instance_type", "instance_status")
    assert shown("cloudgauge_instances", "type", "status") == instances
    volumes = count({"aws_ec2_volume"}, "volume_type", "volume_status")
    assert shown("cloudgauge_volumes", "type", "status") == volumes
    balancers = count({"aws_elb", "aws_alb"}, "lb_type")
    assert shown("cloudgauge_load_balancers", "type") == balancers
    for metric, kinds in {
        "buckets": {"aws_s3_bucket"},
        "networks": {"aws_vpc"},
        "subnets": {"aws_ec2_subnet"},
        "security_groups": {"aws_ec2_security_group"},
        "users": {"aws_iam_user", "aws_root_user", "aws_cognito_user"},
        "roles": {"aws_iam_role"},
        "policies": {"aws_iam_policy"},
        "serverless_functions": {"aws_lambda_function", "aws_cloudfront_function"},
    }.items():
        assert shown(f"cloudgauge_{metric}") == count(kinds), metric

    size, shown_size = collections.Counter(), collections.Counter()
    for node in world.nodes:
        if node.kind == "aws_ec2_volume":
            size[node.account, node.region] += node.reported["volume_size"] * 2**30
    for labels, value in found["cloudgauge_volume_bytes"]:
        shown_size[labels["account_id"], labels["region"]] += value
    assert shown_size == size


def test_the_command_line_prints_the_documents(server, documents):
    query = f'is(aws_s3_bucket) and /ancestors.account.reported.id == "{OTHER}"'
    answer = subprocess.run(
        [BINARY, "search", query, "--output", "ndjson", "--server", server.url],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    printed = {key(document): document for document in map(json.loads, answer.stdout.splitlines())}
    wanted = {k: document for k, document in documents.items() if k[:2] == ("aws_s3_bucket", OTHER)}
    assert printed == wanted and len(printed) == 2 * len(REGIONS) + 1


def test_secrets_are_nowhere(server):
    everything = json.dumps(server.search("all")) + server.scrape() + server.text()
    # A function's environment, and passwords that boto3 was given.
    for secret in ("do-not-show", "not-a-secret"):
        assert secret not in everything
