"""Cleanup for real: what is gone, what stayed, in which order, and everything that must keep it from happening."""

import collections
import datetime
import re

import pytest
from conftest import serving

from cloud import ENVIRONMENT, HOME, OTHER, UNSERVED, Cloud, provider
from proxy import Proxy
from running import ON_REQUEST, moto, run, samples, values

REGION = "us-east-1"
EXPIRED = {"Key": "cloudgauge:expires", "Value": "2020-01-01T00:00:00Z"}
RULES = {"expired": {"enabled": True, "search": '/metadata.expires < "@UTC@"', "reason": "It has expired."}}
DELETES = ("Delete", "Terminate", "Release", "Deregister")


def spec(resource, *tags):
    return [{"ResourceType": resource, "Tags": list(tags) or [EXPIRED]}]


class Scene:
    """A network that depends on itself in every way, all of it expired, and one that a protected machine needs."""

    def __init__(self, cloud):
        self.ec2 = cloud.client("ec2", HOME, REGION)
        self.elbv2 = cloud.client("elbv2", HOME, REGION)
        self.gone, self.stay = {}, {}
        self.doomed()
        self.protected()
        self.unrelated()

    def network(self, into, block):
        ec2 = self.ec2
        into["vpc"] = ec2.create_vpc(CidrBlock=f"{block}.0.0/16", TagSpecifications=spec("vpc"))["Vpc"]["VpcId"]
        for zone in "ab":
            into[f"subnet-{zone}"] = ec2.create_subnet(
                VpcId=into["vpc"],
                CidrBlock=f"{block}.{ord(zone)}.0/24",
                AvailabilityZone=REGION + zone,
                TagSpecifications=spec("subnet"),
            )["Subnet"]["SubnetId"]
        for number in range(2):
            into[f"group-{number}"] = ec2.create_security_group(
                GroupName=f"group-{number}",
                Description="x",
                VpcId=into["vpc"],
                TagSpecifications=spec("security-group"),
            )["GroupId"]

    def machine(self, into, name, *tags):
        into[name] = self.ec2.run_instances(
            ImageId="ami-0abcdef1234567890",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            # As AWS has it for the first interface, which moto would leave behind.
            NetworkInterfaces=[
                {
                    "DeviceIndex": 0,
                    "SubnetId": into["subnet-a"],
                    "Groups": [into["group-0"]],
                    "DeleteOnTermination": True,
                }
            ],
            TagSpecifications=spec("instance", *tags),
        )["Instances"][0]["InstanceId"]
        into[f"volume of {name}"] = self.ec2.create_volume(
            AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=spec("volume")
        )["VolumeId"]
        self.ec2.attach_volume(VolumeId=into[f"volume of {name}"], InstanceId=into[name], Device="/dev/sdf")

    def doomed(self):
        ec2, gone = self.ec2, self.gone
        self.network(gone, "10.1")
        # Groups that refer to each other, and one to itself.
        for this, other in (("group-0", "group-1"), ("group-1", "group-0"), ("group-0", "group-0")):
            rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": gone[other]}]}
            ec2.authorize_security_group_ingress(GroupId=gone[this], IpPermissions=[rule])
        self.machine(gone, "machine")
        gone["interface"] = ec2.create_network_interface(
            SubnetId=gone["subnet-b"], Groups=[gone["group-1"]], TagSpecifications=spec("network-interface")
        )["NetworkInterface"]["NetworkInterfaceId"]
        gone["gateway"] = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway"))["InternetGateway"][
            "InternetGatewayId"
        ]
        ec2.attach_internet_gateway(InternetGatewayId=gone["gateway"], VpcId=gone["vpc"])
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip"))
        gone["address"] = address["AllocationId"]
        ec2.associate_address(AllocationId=gone["address"], InstanceId=gone["machine"])
        gone["table"] = ec2.create_route_table(VpcId=gone["vpc"], TagSpecifications=spec("route-table"))["RouteTable"][
            "RouteTableId"
        ]
        ec2.associate_route_table(RouteTableId=gone["table"], SubnetId=gone["subnet-a"])
        nat = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip"))
        gone["address of nat"] = nat["AllocationId"]
        gone["nat"] = ec2.create_nat_gateway(
            SubnetId=gone["subnet-b"], AllocationId=gone["address of nat"], TagSpecifications=spec("natgateway")
        )["NatGateway"]["NatGatewayId"]
        gone["balancer"] = self.elbv2.create_load_balancer(
            Name="balancer",
            Subnets=[gone["subnet-a"], gone["subnet-b"]],
            SecurityGroups=[gone["group-0"]],
            Tags=[EXPIRED],
        )["LoadBalancers"][0]["LoadBalancerArn"]
        gone["targets"] = self.elbv2.create_target_group(
            Name="targets", Protocol="HTTP", Port=80, VpcId=gone["vpc"], Tags=[EXPIRED]
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.register_targets(TargetGroupArn=gone["targets"], Targets=[{"Id": gone["machine"]}])
        self.elbv2.create_listener(
            LoadBalancerArn=gone["balancer"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": gone["targets"]}],
        )

    def protected(self):
        """Everything is expired, but the machine is protected, and with it all that it needs."""
        self.network(self.stay, "10.2")
        self.machine(self.stay, "machine", EXPIRED, {"Key": "cloudgauge:protect", "Value": "yes"})
        # Nothing needs these.
        for name in ("subnet-b", "group-1"):
            self.gone[f"unneeded {name}"] = self.stay.pop(name)

    def unrelated(self):
        later = {"Key": "cloudgauge:expires", "Value": (datetime.date.today() + datetime.timedelta(99)).isoformat()}
        for name, tag in {
            "not expired": later,
            "never expires": {"Key": "expiration", "Value": "never"},
            "living": {"Key": "expiration", "Value": "10d"},
            "no time": {"Key": "cloudgauge:expires", "Value": "soon"},
        }.items():
            self.stay[name] = self.ec2.create_volume(
                AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=spec("volume", tag)
            )["VolumeId"]
        self.gone["lived"] = self.ec2.create_volume(
            AvailabilityZone=f"{REGION}a",
            Size=1,
            TagSpecifications=spec("volume", {"Key": "expiration", "Value": "1s"}),
        )["VolumeId"]

    def existing(self):
        """The ids and ARNs of everything that is there, asked of AWS itself."""
        ec2 = self.ec2
        instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        found = {i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"}
        for operation, items, name in (
            ("describe_vpcs", "Vpcs", "VpcId"),
            ("describe_subnets", "Subnets", "SubnetId"),
            ("describe_security_groups", "SecurityGroups", "GroupId"),
            ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
            ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
            ("describe_addresses", "Addresses", "AllocationId"),
            ("describe_route_tables", "RouteTables", "RouteTableId"),
            ("describe_volumes", "Volumes", "VolumeId"),
            ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
        ):
            found |= {item[name] for item in getattr(ec2, operation)()[items] if item.get("State") != "deleted"}
        found |= {b["LoadBalancerArn"] for b in self.elbv2.describe_load_balancers()["LoadBalancers"]}
        found |= {g["TargetGroupArn"] for g in self.elbv2.describe_target_groups()["TargetGroups"]}
        return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """The scene, the proxy before it, and a cloudgauge that has collected it with the default configuration."""
    directory = tmp_path_factory.mktemp("cleanup")
    with moto(directory) as url, Proxy(url) as proxy:
        scene = Scene(Cloud(url))
        config = configuration(proxy, None)
        with serving(directory, config, ENVIRONMENT, ready=False) as server:
            run(server, "collect_and_cleanup")
            yield scene, proxy, server


def configuration(proxy, cleanup):
    # Nothing is deleted while it is unknown what is in it, so all kinds are collected.
    everything = {"collect": ["*"], "no_collect": UNSERVED}
    aws = provider(proxy.url, accounts=[{"id": HOME}], regions=[REGION], **everything)
    config = {"providers": {"aws": aws}, "workflows": ON_REQUEST}
    return config if cleanup is None else {**config, "cleanup": {"rules": RULES, **cleanup}}


def clean(stage, workflow="cleanup", **cleanup):
    """Runs the cleanup with these settings; the requests that were to change something, and the log of the run."""
    _, proxy, server = stage
    server.reconfigure(configuration(proxy, cleanup))
    before = len(proxy.changes())
    _, log, _ = run(server, workflow)
    return proxy.changes()[before:], log


def skipped(log):
    """How many resources of a kind were left alone for a reason."""
    found = re.findall(r"^left alone \S+/(\S+) \S+: (\w+)", log, re.M)
    return collections.Counter(found)


ON = {"enabled": True, "dry_run": False, "accounts": [HOME]}


def test_the_default_configuration_deletes_nothing(stage):
    scene, proxy, _ = stage
    assert proxy.changes() == []
    assert scene.existing() >= set(scene.gone.values()) | set(scene.stay.values())


@pytest.mark.parametrize(
    "settings",
    [{}, {"enabled": True}, {"dry_run": False, "accounts": [HOME]}, {"enabled": True, "dry_run": False}],
    ids=["rules alone", "only enabled", "not enabled", "no account"],
)
def test_every_switch_is_needed(stage, settings):
    changes, _ = clean(stage, **settings)
    assert changes == []


def test_accounts_that_are_not_named_are_left_alone(stage):
    changes, log = clean(stage, **{**ON, "accounts": [OTHER]})
    assert changes == []
    assert skipped(log)["aws_ec2_volume", "account_not_allowed"] == 3


def test_a_dry_run_lists_what_it_would_delete(stage):
    scene, _, server = stage
    changes, text = clean(stage, **{**ON, "dry_run": True})
    assert changes == []
    for name in ("machine", "vpc", "gateway", "lived"):
        assert f"would delete aws/{HOME}/{REGION}" in text and scene.gone[name] in text, name
    assert values(samples(server.scrape()), "cloudgauge_cleanup_candidates", "kind")["aws_vpc"] == 2


def test_too_many_deletions_are_none(stage):
    changes, text = clean(stage, **ON, max_deletions=3)
    assert changes == []
    assert "cleanup.max_deletions is 3" in text


def test_what_is_not_wholly_known_is_not_cleaned(stage):
    _, proxy, server = stage
    unlisted = {"DescribeVolumes", "DescribeNetworkInterfaces"}
    only = {"expired": {**RULES["expired"], "search": RULES["expired"]["search"] + " and is(volume, subnet, network)"}}
    with proxy.fault("denied", lambda request: request.operation in unlisted):
        changes, log = clean(stage, "collect_and_cleanup", **ON, rules=only)
    assert changes == []
    reasons = skipped(log)
    assert reasons["aws_ec2_volume", "scope_incomplete"] == 3
    assert reasons["aws_ec2_subnet", "dependants_unknown"] == 4
    assert reasons["aws_vpc", "dependants_unknown"] == 2
    run(server, "collect")


def test_one_run_cleans_up_in_order_and_leaves_the_rest(stage):
    scene, _, server = stage
    changes, text = clean(stage, **ON)
    existing = scene.existing()
    assert {name for name, id in scene.gone.items() if id in existing} == set(), text
    assert {name for name, id in scene.stay.items() if id not in existing} == set(), text

    deleted = {}
    for position, request in enumerate(changes):
        if request.operation.startswith(DELETES):
            for value in request.params.values():
                deleted.setdefault(value, position)
    at = {name: deleted[id] for name, id in scene.gone.items()}
    for first, then in (
        ("balancer", "targets"),
        ("balancer", "subnet-a"),
        ("balancer", "group-0"),
        ("targets", "vpc"),
        ("machine", "volume of machine"),
        ("machine", "address"),
        ("machine", "subnet-a"),
        ("machine", "group-0"),
        ("interface", "subnet-b"),
        ("interface", "group-1"),
        ("subnet-a", "vpc"),
        ("subnet-b", "vpc"),
        ("group-0", "vpc"),
        ("group-1", "vpc"),
        ("gateway", "vpc"),
        ("table", "vpc"),
        ("nat", "subnet-b"),
        ("nat", "address of nat"),
    ):
        assert at[first] < at[then], (first, then)
    assert max(at.values()) == at["vpc"]
    # Nothing but the scene was touched, and each thing was deleted once.
    assert len([request for request in changes if request.operation.startswith(DELETES)]) == len(scene.gone)

    # What is protected is a candidate that is left alone, and it is why others stay.
    assert re.search(rf"^left alone \S+ {scene.stay['machine']}: protected$", text, re.M)
    assert f"{scene.stay['vpc']}: dependant_remains (aws_ec2_instance {scene.stay['machine']})" in text
    deletions = values(samples(server.scrape()), "cloudgauge_cleanup_deleted_total", "kind")
    assert sum(deletions.values()) == len(scene.gone)


def test_a_second_run_finds_nothing_more_to_do(stage):
    changes, _ = clean(stage, "collect_and_cleanup", **ON)
    assert changes == []
