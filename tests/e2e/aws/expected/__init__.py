"""What cloudgauge should report, mapped by hand from boto3's answers.

Independent of the catalogue: names and words are those of the resource model, values are what boto3 asked for and
parsed. Where the model keeps the provider's structure, its members are in snake case.
"""

from cloud import REGIONS

from . import balancers, databases, identity, machines, network, services, storage
from .node import edges
from .place import GLOBAL, Place

__all__ = ["Expected", "edges"]

ONCE = (
    identity.users,
    identity.groups,
    identity.roles,
    identity.policies,
    identity.profiles,
    identity.access_keys,
    storage.buckets,
)
IN_REGIONS = (
    machines.instances,
    machines.instance_types,
    machines.images,
    machines.key_pairs,
    network.vpcs,
    network.subnets,
    network.security_groups,
    network.interfaces,
    network.addresses,
    network.internet_gateways,
    network.nat_gateways,
    network.route_tables,
    network.acls,
    network.peerings,
    network.endpoints,
    storage.volumes,
    storage.snapshots,
    balancers.classic_balancers,
    balancers.balancers,
    balancers.target_groups,
    balancers.scaling_groups,
    databases.databases,
    databases.clusters,
    databases.database_snapshots,
    databases.tables,
    services.functions,
    services.queues,
    services.stacks,
    services.alarms,
    services.kubernetes,
)


class Expected:
    """Every resource of a cloud."""

    def __init__(self, cloud, accounts):
        self.cloud = cloud
        self.nodes = []
        for account in accounts:
            for kind in ONCE:
                self.nodes += kind(Place(cloud, account, GLOBAL))
            for region in REGIONS:
                for kind in IN_REGIONS:
                    self.nodes += kind(Place(cloud, account, region))
