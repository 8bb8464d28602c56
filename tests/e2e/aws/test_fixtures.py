"""The fixtures of all kinds, mapped by a second reading of the catalogue: each snapshot is what that says too."""

import json

import catalogue
import pytest
from conftest import ROOT

KINDS = catalogue.entries()
LISTED = sorted(kind for kind, entry in KINDS.items() if "list" in entry)


def shown(value):
    """A node's value as JSON has it; a number is a number, and nulls are left out."""

    def members(pairs):
        return {name: member for name, member in pairs if member is not None}

    return json.loads(json.dumps(value, default=catalogue.moment), parse_int=float, object_pairs_hook=members)


@pytest.mark.parametrize("kind", LISTED)
def test_a_fixture_maps_to_its_snapshot(kind):
    entry = KINDS[kind]
    item = json.loads((ROOT / f"tests/fixtures/aws/{kind}.json").read_text())
    region = catalogue.GLOBAL if entry.get("scope") == "global" else "eu-west-1"
    made = catalogue.node(entry, item, "123456789012", region)
    expected = {
        "kind": kind,
        "id": made.id,
        "name": made.reported["name"],
        "tags": made.reported["tags"],
        "properties": {
            name: value
            for name, value in made.reported.items()
            if name not in {"kind", "id", "name", "tags", "ctime", "mtime", "atime"}
        },
        "protected": made.protected,
        "links": [
            {"end": end, "other": {"kind": other, "property": by, "value": value}, "delete": order, "outer": outer}
            for end, other, by, value, order, outer in made.uses
        ],
    }
    optional = {name: made.reported.get(name) for name in ("ctime", "mtime", "atime")}
    optional |= {
        "zone": made.zone,
        "region": made.region if made.region != region else None,
        "provider_link": made.link,
    }
    expected |= {name: value for name, value in optional.items() if value is not None}
    snapshot = (ROOT / f"tests/snapshots/aws/{kind}.snap").read_text().split("---\n", 2)[2]
    assert shown(json.loads(snapshot)) == shown(expected)
