"""Every field of every kind, and every edge, against what boto3 says of the same moto."""

import collections
import datetime
import json
import subprocess

import pytest
from conftest import BINARY, serving

from cloud import ACCOUNTS, ENVIRONMENT, HOME, OTHER, REGIONS, Cloud, provider
from expected import Expected, edges
from running import ON_REQUEST, moto, run, samples, values
from seed import seed

NAMES = {HOME: "home-alias", OTHER: 'The other <account> & "co"'}
# So small that every listing of more than a few has pages; AWS's own limits raise it where it must be more.
PAGE = 3
# What a float of seconds may be off by.
TICK = datetime.timedelta(microseconds=2)
# Properties that moto makes anew for every answer.
MOVING = {"rds_latest_restorable_time"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("conformance")


@pytest.fixture(scope="module")
def expected(directory):
    with moto(directory) as url:
        cloud = Cloud(url)
        seed(cloud)
        yield Expected(cloud, ACCOUNTS)


@pytest.fixture(scope="module")
def server(directory, expected):
    config = {
        "providers": {"aws": provider(expected.cloud.url, page_size=PAGE)},
        "workflows": ON_REQUEST,
    }
    with serving(directory, config, ENVIRONMENT, ready=False) as server:
        run(server, "collect")
        yield server


@pytest.fixture(scope="module")
def documents(server):
    """The resources that cloudgauge has, by their keys."""
    query = "/metadata.phantom != true or is(aws_ec2_instance_type)"
    found = [
        document for document in server.search(query) if not {"account", "region", "cloud"} & set(document["kinds"])
    ]
    keyed = {key(document): document for document in found}
    assert len(keyed) == len(found)
    return keyed


def key(document):
    reported, ancestors = document["reported"], document["ancestors"]
    place = [ancestors[level]["reported"]["id"] if level in ancestors else None for level in ("account", "region")]
    return reported["kind"], *place, reported["id"]


def same(expected, found):
    """Equal, where times are compared as such and numbers by value."""
    match expected:
        case datetime.datetime():
            return isinstance(found, str) and abs(expected - datetime.datetime.fromisoformat(found)) < TICK
        case dict():
            expected = {name: value for name, value in expected.items() if value is not None}
            return (
                isinstance(found, dict)
                and expected.keys() == found.keys()
                and all(same(value, found[name]) for name, value in expected.items())
            )
        case list():
            return isinstance(found, list) and len(expected) == len(found) and all(map(same, expected, found))
        case bool():
            return found is expected
        case int() | float():
            return not isinstance(found, bool) and isinstance(found, (int, float)) and abs(expected - found) < 1e-9
    return expected == found and type(expected) is type(found)


def test_every_scope_was_listed_completely(server):
    found = samples(server.scrape())
    up = values(found, "cloudgauge_scope_up", "account", "region", "kind")
    assert [scope for scope, value in up.items() if value != 1] == []
    errors = values(found, "cloudgauge_scope_errors_total", "account", "region", "kind", "class")
    assert [scope for scope, value in errors.items() if value] == []


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
        for name in sorted(node.reported.keys() | reported.keys()):
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


def test_metrics_are_the_counts_of_boto3(expected, server):
    found = samples(server.scrape())
    place = ("account", "account_id", "region")

    def count(kinds, *by):
        return collections.Counter(
            (NAMES[node.account], node.account, node.region, *(str(node.reported.get(name, "")) for name in by))
            for node in expected.nodes
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
        "users": {"aws_iam_user"},
        "roles": {"aws_iam_role"},
        "policies": {"aws_iam_policy"},
        "serverless_functions": {"aws_lambda_function"},
    }.items():
        assert shown(f"cloudgauge_{metric}") == count(kinds), metric

    size, shown_size = collections.Counter(), collections.Counter()
    for node in expected.nodes:
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
    assert printed == wanted and len(printed) == 2 * len(REGIONS)


def test_secrets_are_nowhere(server):
    everything = json.dumps(server.search("all")) + server.scrape() + server.text()
    # A function's environment, and passwords that boto3 was given.
    for secret in ("do-not-show", "not-a-secret"):
        assert secret not in everything
