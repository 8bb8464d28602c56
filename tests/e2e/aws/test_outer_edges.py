"""Edges between two accounts: what one shares, peers, trusts or points to, and the other has."""

import json

import pytest
from conftest import serving

from cloud import ENVIRONMENT, HOME, OTHER, REGIONS, Cloud, provider
from running import ON_REQUEST, moto, run, values

REGION = REGIONS[0]
KINDS = [
    "aws_alb", "aws_cloudfront_distribution", "aws_ec2_elastic_ip", "aws_ec2_image", "aws_ec2_instance",
    "aws_ec2_snapshot", "aws_ec2_transit_gateway*", "aws_ec2_volume", "aws_iam_role", "aws_iam_user",
    "aws_ram_resource_share", "aws_route53_*", "aws_s3_bucket", "aws_vpc", "aws_vpc_peering_connection",
]
# An account, a load balancer and an address that nobody collects.
FOREIGN = "999999999999"
FOREIGN_DOMAIN = "d111111abcdef8.cloudfront.net"
FOREIGN_ADDRESS = "192.0.2.1"


class Scene:
    """What has been made in moto, and a cloudgauge that has collected it."""

    def __init__(self, server, found, made):
        self.server, self.found, self.made = server, found, made

    def joined(self, start, end, where=""):
        """The pairs of nodes of two kinds with an edge from one to the other: account and id of each."""
        pairs = set()
        for document in self.server.search(f"is({start}) {where}"):
            query = f'is({start}) and id == "{document["reported"]["id"]}" --> is({end})'
            pairs |= {(place(document), place(other)) for other in self.server.search(query)}
        return pairs

    def unresolved(self, kind, target):
        return values(self.found, "cloudgauge_links_unresolved", "reason", kind=kind, target=target)


def place(document):
    account = document["ancestors"]["account"]["reported"]["id"] if "account" in document["ancestors"] else None
    return account or document["reported"]["id"], document["reported"]["id"]


def make(cloud):
    """Makes pairs of resources that belong together, one in each account; returns their ids."""
    ec2, other_ec2 = (cloud.client("ec2", account, REGION) for account in (HOME, OTHER))
    vpc, other_vpc = (
        client.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        for client, block in ((ec2, "10.1.0.0/16"), (other_ec2, "10.2.0.0/16"))
    )
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other_vpc, PeerOwnerId=OTHER)
    peering = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    other_ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)

    gateway, other_gateway = (client.create_transit_gateway()["TransitGateway"] for client in (ec2, other_ec2))
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    attached = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc, SubnetIds=[subnet]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    tunnel = ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=gateway["TransitGatewayId"],
        PeerTransitGatewayId=other_gateway["TransitGatewayId"],
        PeerAccountId=OTHER,
        PeerRegion=REGION,
    )["TransitGatewayPeeringAttachment"]["TransitGatewayAttachmentId"]
    share = cloud.client("ram", HOME, REGION).create_resource_share(
        name="network", principals=[OTHER], resourceArns=[gateway["TransitGatewayArn"]]
    )["resourceShare"]["resourceShareArn"].rsplit("/", 1)[1]

    instance = ec2.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    image = ec2.create_image(InstanceId=instance["Instances"][0]["InstanceId"], Name="base")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": OTHER}]})
    other_instance = other_ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", UserIds=[OTHER]
    )
    restored = other_ec2.create_volume(AvailabilityZone=f"{REGION}a", SnapshotId=snapshot)["VolumeId"]

    iam, other_iam = (cloud.client("iam", account) for account in (HOME, OTHER))
    user = iam.create_user(UserName="deployer")["User"]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [
            f"arn:aws:iam::{HOME}:root", user["Arn"], f"arn:aws:iam::{FOREIGN}:root",
        ]}},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
    ]}
    trusting = other_iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    trust["Statement"] = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusting["Arn"]}},
    ]
    chained = iam.create_role(RoleName="chained", AssumeRolePolicyDocument=json.dumps(trust))["Role"]

    subnets = [
        other_ec2.create_subnet(VpcId=other_vpc, CidrBlock=f"10.2.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    balancer = cloud.client("elbv2", OTHER, REGION).create_load_balancer(
        Name="Shop", Subnets=[subnet["Subnet"]["SubnetId"] for subnet in subnets]
    )["LoadBalancers"][0]
    address = other_ec2.allocate_address(Domain="vpc")["PublicIp"]
    cloud.client("s3", OTHER, REGION).create_bucket(Bucket="static.example.com")
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    alias = {"HostedZoneId": "Z35SXDOTRQ7X7K", "EvaluateTargetHealth": False}
    records = [
        {"Name": "shop.example.com.", "Type": "A", "AliasTarget": {
            **alias, "DNSName": f"dualstack.{balancer['DNSName'].lower()}.",
        }},
        {"Name": "static.example.com.", "Type": "A", "AliasTarget": {
            **alias, "DNSName": "s3-website-us-east-1.amazonaws.com.",
        }},
        {"Name": "www.example.com.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": balancer["DNSName"]}]},
        {"Name": "cdn.example.com.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": FOREIGN_DOMAIN}]},
        {"Name": "vpn.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [
            {"Value": address}, {"Value": FOREIGN_ADDRESS},
        ]},
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return {
        "vpc": vpc, "other_vpc": other_vpc, "peering": peering, "gateway": gateway["TransitGatewayId"],
        "other_gateway": other_gateway["TransitGatewayId"], "attached": attached, "tunnel": tunnel, "share": share,
        "image": image, "other_instance": other_instance["Instances"][0]["InstanceId"], "snapshot": snapshot,
        "restored": restored, "user": user["UserId"], "trusting": trusting["RoleId"], "chained": chained["RoleId"],
        "balancer": balancer["LoadBalancerName"], "address": address, "zone": zone,
    }


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    directory = tmp_path_factory.mktemp("outer")
    with moto(directory) as url:
        made = make(Cloud(url))
        aws = provider(url, regions=[REGION], collect=KINDS, no_collect=[])
        config = {"providers": {"aws": aws}, "workflows": ON_REQUEST}
        with serving(directory, config, ENVIRONMENT, ready=False) as server:
            found, log, answer = run(server, "collect")
            assert answer.returncode == 0, answer.stdout + answer.stderr + log
            assert server.api("scopes", {"failed": True, "limit": 100})["rows"] == [], log
            yield Scene(server, found, made)


def test_a_peering_connection_joins_the_networks_of_both_accounts(scene):
    made = scene.made
    # Both accounts list the connection.
    sides = {(account, made["peering"]) for account in (HOME, OTHER)}
    vpcs = {(HOME, made["vpc"]), (OTHER, made["other_vpc"])}
    assert scene.joined("aws_vpc", "aws_vpc_peering_connection") == {(vpc, side) for vpc in vpcs for side in sides}


def test_attachments_join_transit_gateways_and_what_is_attached(scene):
    made = scene.made
    gateways = scene.joined("aws_ec2_transit_gateway", "aws_ec2_transit_gateway_attachment")
    assert ((HOME, made["gateway"]), (HOME, made["attached"])) in gateways
    assert ((HOME, made["gateway"]), (HOME, made["tunnel"])) in gateways
    assert ((OTHER, made["other_gateway"]), (HOME, made["tunnel"])) in gateways
    assert scene.joined("aws_vpc", "aws_ec2_transit_gateway_attachment") == {
        ((HOME, made["vpc"]), (HOME, made["attached"]))
    }


def test_a_share_leads_from_the_account_it_is_shared_with_to_what_is_shared(scene):
    share = (HOME, scene.made["share"])
    with_whom = f'is(aws_account) and id == "{OTHER}" --> is(aws_ram_resource_share)'
    assert {place(document) for document in scene.server.search(with_whom)} == {share}
    shared = scene.joined("aws_ram_resource_share", "aws_ec2_transit_gateway")
    assert shared == {(share, (HOME, scene.made["gateway"]))}


def test_instances_and_volumes_come_from_images_and_snapshots_of_another_account(scene):
    made = scene.made
    image, snapshot = (HOME, made["image"]), (HOME, made["snapshot"])
    assert scene.joined("aws_ec2_image", "aws_ec2_instance") == {(image, (OTHER, made["other_instance"]))}
    assert (snapshot, (OTHER, made["restored"])) in scene.joined("aws_ec2_snapshot", "aws_ec2_volume")
    may_launch = f'is(aws_account) and id == "{OTHER}" --> is(aws_ec2_image)'
    assert {place(document) for document in scene.server.search(may_launch)} == {image}


def test_a_role_is_joined_with_who_may_assume_it(scene):
    made = scene.made
    trusting, chained = (OTHER, made["trusting"]), (HOME, made["chained"])
    account = f'is(aws_account) and id == "{HOME}" --> is(aws_iam_role) and id == "{made["trusting"]}"'
    assert [place(document) for document in scene.server.search(account)] == [trusting]
    assert scene.joined("aws_iam_user", "aws_iam_role") == {((HOME, made["user"]), trusting)}
    assert (trusting, chained) in scene.joined("aws_iam_role", "aws_iam_role")


def test_records_lead_to_load_balancers_buckets_and_addresses_of_another_account(scene):
    made = scene.made
    names = {"aws_alb": ("shop", "www"), "aws_s3_bucket": ("static",), "aws_ec2_elastic_ip": ("vpn",)}
    ids = {"aws_alb": made["balancer"], "aws_s3_bucket": "static.example.com", "aws_ec2_elastic_ip": made["address"]}
    for kind, records in names.items():
        joined = scene.joined("aws_route53_resource_record_set", kind)
        assert {other for _, other in joined} == {(OTHER, ids[kind])}, kind
        assert {record.split("/")[-3].split(".")[0] for (_, record), _ in joined} == set(records), kind


def test_what_is_not_found_is_counted_by_its_reason(scene):
    assert scene.unresolved("aws_iam_role", "aws_account") == {"missing_target": 1}
    assert scene.unresolved("aws_route53_resource_record_set", "aws_ec2_elastic_ip") == {"missing_target": 1}
    cdn = scene.unresolved("aws_route53_resource_record_set", "aws_cloudfront_distribution")
    assert cdn == {"kind_not_collected": 1}
    assert scene.unresolved("aws_vpc_peering_connection", "aws_vpc") == {}
