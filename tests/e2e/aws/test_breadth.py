"""Every kind, of moto or made up where moto has none, as a second reading of the catalogue has it from boto3, and as it was made."""

import collections
import json

import catalogue
import pytest

from cloud import ACCOUNTS, REGIONS
from expected.shape import same
from running import samples, values
from world import KINDS, LISTED, MOVING, PRICES


@pytest.fixture(scope="module")
def nodes(world):
    return world.nodes


@pytest.fixture(scope="module")
def documents(world):
    return world.documents()


def test_every_scope_was_listed_completely(world):
    found = samples(world.server.scrape())
    up = values(found, "cloudgauge_scope_up", "account", "region", "kind")
    assert len(up) > 450
    assert [scope for scope, value in up.items() if value != 1] == []
    errors = values(found, "cloudgauge_scope_errors_total", "account", "region", "kind", "class")
    assert [scope for scope, value in errors.items() if value] == []


def test_there_is_something_of_every_kind(nodes):
    assert set(LISTED) - {node.kind for node in nodes} == set()
    places = {(node.account, node.region) for node in nodes}
    assert len(places) == len(ACCOUNTS) * (len(REGIONS) + 1)


def test_every_resource_is_there_and_no_other(nodes, documents):
    wanted = collections.Counter(node.key for node in nodes)
    assert [key for key, count in wanted.items() if count > 1] == []
    assert sorted(wanted.keys() - documents.keys()) == []
    assert sorted(documents.keys() - wanted.keys()) == []


def test_every_property_has_the_value_that_boto3_has(nodes, documents):
    """A property that is reported but not expected differs too: nothing goes unchecked."""
    differences, compared = collections.defaultdict(list), 0
    for node in nodes:
        reported = documents[node.key]["reported"]
        for name in (node.reported.keys() | reported.keys()) - PRICES:
            compared += 1
            want, got = node.reported.get(name), reported.get(name)
            if name in MOVING:
                want, got = want is None, got is None
            if not same(want, got):
                differences[node.kind, name].append((node.id, want, got))
    report = [f"{kind}.{name} ({len(found)}): {found[0]}" for (kind, name), found in sorted(differences.items())]
    assert not report, "\n".join(report)
    assert compared > 12_000


def test_places_protection_and_pages_of_the_console_are_right(nodes, documents):
    differences = []
    for node in nodes:
        document = documents[node.key]
        zone = document["ancestors"].get("zone", {}).get("reported", {}).get("id")
        found = (zone, document["metadata"]["protected"], document["metadata"].get("provider_link"))
        if found != (node.zone, node.protected, node.link):
            differences.append((node.key, found, (node.zone, node.protected, node.link)))
    assert differences == []


def test_every_edge_is_there_and_no_other(world, nodes, documents):
    wanted = dict(zip(("default", "delete"), catalogue.edges(nodes, KINDS), strict=True))
    by_id = {document["id"]: key for key, document in documents.items()}
    for edge, expected in wanted.items():
        got = set()
        for this, document in documents.items():
            others = world.server.search(f'id("{document["id"]}") -{edge}->')
            got |= {(this, by_id[other["id"]]) for other in others if other["id"] in by_id}
        assert sorted(expected - got) == [], edge
        assert sorted(got - expected) == [], edge
    assert len(wanted["default"]) > 900 and len(wanted["delete"]) > 700


def test_what_was_made_is_found_as_it_was_made(world, documents):
    made, found = world.made, {}
    for (kind, account, _, id), document in documents.items():
        found[kind, account, id] = document["reported"]
    assert sorted(made.keys() - found.keys()) == []
    differences = []
    for key, expected in made.items():
        for name, want in expected.items():
            got = found[key].get(name)
            if name != "edges" and got != want and (want or got):
                differences.append((*key, name, want, got))
    assert differences == []


def test_what_was_made_hangs_together(world):
    missing = []
    for (kind, account, id), expected in world.made.items():
        for other, its in expected["edges"]:
            query = f'is({other}) and id = "{its}" --> is({kind}) and id = "{id}"'
            found = world.server.search(f'{query} and /ancestors.account.reported.id = "{account}"')
            if len(found) != 1:
                missing.append((kind, account, id, other, its))
    assert missing == []


def test_no_secret_is_found(world):
    text = json.dumps(world.server.search("is(resource)"))
    assert "not to be seen" not in text
    assert "bm90IHRvIGJlIHNlZW4" not in text
    assert "hidden in a task" not in text
    assert "Passw0rd" not in text
    assert "token of a device" not in text
