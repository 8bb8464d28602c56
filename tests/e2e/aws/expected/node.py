"""Nodes and their edges."""

import dataclasses

from .shape import tidy


@dataclasses.dataclass
class Node:
    kind: str
    account: str
    region: str
    reported: dict
    zone: str | None = None
    protected: bool = False
    uses: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.reported = {name: tidy(value) for name, value in self.reported.items() if value is not None}
        self.reported["kind"] = self.kind
        self.reported.setdefault("name", self.reported["id"])
        self.reported.setdefault("tags", {})

    @property
    def id(self):
        return self.reported["id"]

    @property
    def key(self):
        return self.kind, self.account, self.region, self.id


@dataclasses.dataclass
class Uses:
    """An edge to the node of `kind` whose `by` has the value; `delete` says who has to go first, if anybody."""

    kind: str
    by: str
    value: str
    # Whether the edge leads from the other node to this one.
    inbound: bool = True
    # "this" or "other"
    first: str | None = None


def inside(kind, values, by="id"):
    """This cannot exist without the others, so it goes first."""
    return [Uses(kind, by, value, first="this") for value in listed(values)]


def held(kind, values, by="id"):
    """The other holds this, and must go before this can."""
    return [Uses(kind, by, value, first="other") for value in listed(values)]


def after(kind, values, by="id"):
    """This comes from the other; neither keeps the other from being deleted."""
    return [Uses(kind, by, value) for value in listed(values)]


def towards(kind, values, by="id", first=None):
    return [Uses(kind, by, value, inbound=False, first=first) for value in listed(values)]


def listed(values):
    values = values if isinstance(values, list) else [values]
    return [value for value in values if value]


def edges(nodes):
    """The edges between nodes: of each type, pairs of keys."""
    index = {}
    for node in nodes:
        for by in ("id", "name", "arn"):
            if by in node.reported:
                index.setdefault((node.kind, by, node.reported[by]), []).append(node)
    default, delete = set(), set()
    for node in nodes:
        for use in node.uses:
            other = nearest(node, index.get((use.kind, use.by, use.value), []))
            if other is None or other is node:
                continue
            default.add((other.key, node.key) if use.inbound else (node.key, other.key))
            if use.first == "this":
                delete.add((other.key, node.key))
            elif use.first == "other":
                delete.add((node.key, other.key))
    return default, delete


def nearest(node, candidates):
    """The one in the same region, else in the same account, else anywhere."""
    same = [other for other in candidates if other.account == node.account]
    here = [other for other in same if other.region == node.region]
    for found in (here, same, candidates):
        if found:
            assert len(found) == 1, (node.key, [other.key for other in found])
            return found[0]
    return None
