"""The world that tests of what is found share: moto with both seeds, and a cloudgauge that has collected it all."""

import contextlib
import functools

import catalogue
from conftest import serving

from breadth import Breadth, organization
from cloud import ACCOUNTS, ENVIRONMENT, HOME, OTHER, REGIONS, Cloud, provider
from running import ON_REQUEST, moto, run
from seed import seed

# So small that every listing of more than a few has pages; AWS's own limits raise it where it must be more.
PAGE = 3
# Where there is one of everything.
BROAD = ((HOME, REGIONS[1]), (OTHER, REGIONS[0]))


# Properties that moto makes anew for every answer.
MOVING = {"rds_latest_restorable_time"}
# What does not come from answers, and is looked at elsewhere.
PRICES = {"ondemand_cost"}
KINDS = catalogue.entries()
LISTED = [kind for kind, entry in KINDS.items() if "list" in entry]


class World:
    def __init__(self, cloud, server, made):
        self.cloud, self.server, self.made = cloud, server, made

    @functools.cached_property
    def nodes(self):
        """Every resource, listed with boto3 and mapped by the second reading of the catalogue."""
        found = []
        for account in ACCOUNTS:
            reader = catalogue.Reader(self.cloud, account, KINDS)
            for kind in LISTED:
                for region in [catalogue.GLOBAL] if KINDS[kind].get("scope") == "global" else REGIONS:
                    found += reader.nodes(kind, region)
        return found

    def documents(self):
        """Every resource that cloudgauge has, by its key."""
        found = self.server.search("is(aws_resource) and not is(account, region)")
        keyed = {key(document): document for document in found}
        assert len(keyed) == len(found)
        return keyed


def key(document):
    reported, ancestors = document["reported"], document["ancestors"]
    place = [ancestors[level]["reported"]["id"] if level in ancestors else None for level in ("account", "region")]
    return reported["kind"], *place, reported["id"]


@contextlib.contextmanager
def collected(directory):
    with moto(directory) as url:
        cloud = Cloud(url)
        seed(cloud)
        made = {}
        for account, region in BROAD:
            made |= Breadth(cloud, account, region).made
        organization(cloud)
        aws = provider(url, collect=["*"], no_collect=[], page_size=PAGE)
        config = {"providers": {"aws": aws}, "workflows": ON_REQUEST}
        with serving(directory, config, ENVIRONMENT, ready=False) as server:
            run(server, "collect")
            yield World(cloud, server, made)
