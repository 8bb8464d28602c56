"""EC2: networks and what is in them."""

from .node import held, inside, towards
from .shape import each, lists, named, one, pick, plain, snaked, tag_map


def vpcs(place):
    for v in place.items("ec2", "describe_vpcs", "Vpcs"):
        yield place.node(
            "aws_vpc",
            {
                "id": v["VpcId"],
                "name": named(v.get("Tags")),
                "tags": tag_map(v.get("Tags")),
                "arn": place.arn(f"vpc/{v['VpcId']}"),
                "cidr_blocks": each(v, "CidrBlockAssociationSet.CidrBlock"),
                **plain(v, "CidrBlock DhcpOptionsId State InstanceTenancy IsDefault", "vpc_"),
                **lists(v, "Ipv6CidrBlockAssociationSet CidrBlockAssociationSet", "vpc_"),
            },
            protected=v["IsDefault"],
        )


def subnets(place):
    for s in place.items("ec2", "describe_subnets", "Subnets"):
        yield place.node(
            "aws_ec2_subnet",
            {
                "id": s["SubnetId"],
                "name": named(s.get("Tags")),
                "tags": tag_map(s.get("Tags")),
                "arn": s.get("SubnetArn"),
                "cidr_block": s["CidrBlock"],
                **plain(
                    s,
                    "AvailabilityZone AvailabilityZoneId AvailableIpAddressCount CidrBlock DefaultForAz "
                    "EnableLniAtDeviceIndex MapPublicIpOnLaunch MapCustomerOwnedIpOnLaunch CustomerOwnedIpv4Pool "
                    "State AssignIpv6AddressOnCreation OutpostArn EnableDns64 Ipv6Native PrivateDnsNameOptionsOnLaunch",
                    "subnet_",
                ),
                **lists(s, "Ipv6CidrBlockAssociationSet", "subnet_"),
            },
            zone=s["AvailabilityZone"],
            uses=inside("aws_vpc", s["VpcId"]),
        )


def security_groups(place):
    for g in place.items("ec2", "describe_security_groups", "SecurityGroups"):
        yield place.node(
            "aws_ec2_security_group",
            {
                "id": g["GroupId"],
                "name": g["GroupName"],
                "tags": tag_map(g.get("Tags")),
                "arn": place.arn(f"security-group/{g['GroupId']}"),
                "description": g["Description"],
                **lists(g, "IpPermissions IpPermissionsEgress", "group_"),
            },
            protected=g["GroupName"] == "default",
            uses=inside("aws_vpc", g["VpcId"]),
        )


def interfaces(place):
    for n in place.items("ec2", "describe_network_interfaces", "NetworkInterfaces"):
        yield place.node(
            "aws_ec2_network_interface",
            {
                "id": n["NetworkInterfaceId"],
                "name": named(n.get("TagSet")),
                "tags": tag_map(n.get("TagSet")),
                "arn": place.arn(f"network-interface/{n['NetworkInterfaceId']}"),
                "public_ips": each(n, "PrivateIpAddresses.Association.PublicIp"),
                "private_ips": each(n, "PrivateIpAddresses.PrivateIpAddress"),
                "v6_ips": each(n, "Ipv6Addresses.Ipv6Address"),
                "network_interface_type": n.get("InterfaceType"),
                "network_interface_status": n.get("Status"),
                "mac": n.get("MacAddress"),
                "description": n.get("Description"),
                "nic_ipv4_prefixes": each(n, "Ipv4Prefixes.Ipv4Prefix"),
                "nic_ipv6_prefixes": each(n, "Ipv6Prefixes.Ipv6Prefix"),
                **plain(
                    n,
                    "Association Attachment AvailabilityZone OutpostArn PrivateDnsName PrivateIpAddress RequesterId "
                    "RequesterManaged SourceDestCheck SubnetId DenyAllIgwTraffic Ipv6Native Ipv6Address",
                    "nic_",
                ),
                **lists(n, "Groups PrivateIpAddresses", "nic_"),
            },
            zone=n.get("AvailabilityZone"),
            protected=bool(n.get("RequesterManaged") or one(n, "Attachment.DeleteOnTermination")),
            uses=[
                *inside("aws_vpc", n.get("VpcId")),
                *inside("aws_ec2_subnet", n.get("SubnetId")),
                *held("aws_ec2_instance", one(n, "Attachment.InstanceId")),
                *inside("aws_ec2_security_group", each(n, "Groups.GroupId")),
            ],
        )


def addresses(place):
    for a in place.items("ec2", "describe_addresses", "Addresses"):
        yield place.node(
            "aws_ec2_elastic_ip",
            {
                "id": a["PublicIp"],
                "name": named(a.get("Tags")),
                "tags": tag_map(a.get("Tags")),
                "arn": place.arn(f"elastic-ip/{a['AllocationId']}"),
                "ip_address": a["PublicIp"],
                "ip_address_family": "ipv4",
                **plain(a, "PrivateIpAddress PublicIp"),
                **plain(
                    a,
                    "AllocationId AssociationId Domain NetworkInterfaceId PublicIpv4Pool NetworkBorderGroup "
                    "CustomerOwnedIp CustomerOwnedIpv4Pool CarrierIp",
                    "ip_",
                ),
            },
            uses=[
                *held("aws_ec2_instance", a.get("InstanceId")),
                *held("aws_ec2_network_interface", a.get("NetworkInterfaceId")),
            ],
        )


def internet_gateways(place):
    for g in place.items("ec2", "describe_internet_gateways", "InternetGateways"):
        yield place.node(
            "aws_ec2_internet_gateway",
            {
                "id": g["InternetGatewayId"],
                "name": named(g.get("Tags")),
                "tags": tag_map(g.get("Tags")),
                "arn": place.arn(f"internet-gateway/{g['InternetGatewayId']}"),
                **lists(g, "Attachments", "gateway_"),
            },
            uses=inside("aws_vpc", each(g, "Attachments.VpcId")),
        )


def nat_gateways(place):
    for g in place.items("ec2", "describe_nat_gateways", "NatGateways"):
        yield place.node(
            "aws_ec2_nat_gateway",
            {
                "id": g["NatGatewayId"],
                "name": named(g.get("Tags")),
                "tags": tag_map(g.get("Tags")),
                "ctime": g["CreateTime"],
                "arn": place.arn(f"natgateway/{g['NatGatewayId']}"),
                "nat_gateway_addresses": snaked(g.get("NatGatewayAddresses", [])),
                **plain(g, "DeleteTime FailureCode FailureMessage ProvisionedBandwidth State ConnectivityType", "nat_"),
            },
            protected=g["State"] == "deleted",
            uses=[
                *inside("aws_vpc", g.get("VpcId")),
                *inside("aws_ec2_subnet", g.get("SubnetId")),
                *towards("aws_ec2_network_interface", each(g, "NatGatewayAddresses.NetworkInterfaceId"), first="this"),
            ],
        )


def route_tables(place):
    for t in place.items("ec2", "describe_route_tables", "RouteTables"):
        yield place.node(
            "aws_ec2_route_table",
            {
                "id": t["RouteTableId"],
                "name": named(t.get("Tags")),
                "tags": tag_map(t.get("Tags")),
                "arn": place.arn(f"route-table/{t['RouteTableId']}"),
                "owner_id": t["OwnerId"],
                "route_table_propagating_vgws": each(t, "PropagatingVgws.GatewayId"),
                **lists(t, "Associations Routes", "route_table_"),
            },
            protected=any(association["Main"] for association in t["Associations"]),
            uses=inside("aws_vpc", t["VpcId"]),
        )


def acls(place):
    for a in place.items("ec2", "describe_network_acls", "NetworkAcls"):
        entries = []
        for entry in a["Entries"]:
            ports = entry.get("PortRange")
            found = pick(entry, "CidrBlock Egress IcmpTypeCode Ipv6CidrBlock Protocol RuleAction RuleNumber")
            if ports:
                found["port_range"] = {"from_range": ports.get("From"), "to_range": ports.get("To")}
            entries.append(found)
        yield place.node(
            "aws_ec2_network_acl",
            {
                "id": a["NetworkAclId"],
                "name": named(a.get("Tags")),
                "tags": tag_map(a.get("Tags")),
                "arn": place.arn(f"network-acl/{a['NetworkAclId']}"),
                "acl_entries": entries,
                **plain(a, "IsDefault OwnerId"),
                **lists(a, "Associations", "acl_"),
            },
            protected=a["IsDefault"],
            uses=[
                *inside("aws_vpc", a["VpcId"]),
                *held("aws_ec2_subnet", each(a, "Associations.SubnetId")),
            ],
        )


def peerings(place):
    for p in place.items("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"):

        def side(info):
            blocks = {
                "cidr_block_set": each(info, "CidrBlockSet.CidrBlock"),
                "ipv6_cidr_block_set": each(info, "Ipv6CidrBlockSet.Ipv6CidrBlock"),
            }
            return {**(pick(info, "CidrBlock OwnerId PeeringOptions VpcId Region") or {}), **blocks}

        yield place.node(
            "aws_vpc_peering_connection",
            {
                "id": p["VpcPeeringConnectionId"],
                "name": named(p.get("Tags")),
                "tags": tag_map(p.get("Tags")),
                "arn": place.arn(f"vpc-peering-connection/{p['VpcPeeringConnectionId']}"),
                "connection_accepter_vpc_info": side(p["AccepterVpcInfo"]),
                "connection_requester_vpc_info": side(p["RequesterVpcInfo"]),
                "connection_expiration_time": p.get("ExpirationTime"),
                "peering_connection_status": snaked(p["Status"]),
            },
            protected=p["Status"]["Code"] in ("deleted", "rejected", "expired", "failed"),
            uses=[
                *inside("aws_vpc", p["RequesterVpcInfo"].get("VpcId")),
                *inside("aws_vpc", p["AccepterVpcInfo"].get("VpcId")),
            ],
        )


def endpoints(place):
    for e in place.items("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
        yield place.node(
            "aws_vpc_endpoint",
            {
                "id": e["VpcEndpointId"],
                "name": named(e.get("Tags")),
                "tags": tag_map(e.get("Tags")),
                "ctime": e.get("CreationTimestamp"),
                "arn": place.arn(f"vpc-endpoint/{e['VpcEndpointId']}"),
                "vpc_endpoint_type": e.get("VpcEndpointType"),
                "endpoint_dns_options": one(e, "DnsOptions.DnsRecordIpType"),
                **plain(
                    e,
                    "ServiceName State PolicyDocument IpAddressType PrivateDnsEnabled RequesterManaged "
                    "CreationTimestamp OwnerId LastError",
                    "endpoint_",
                ),
                **lists(e, "DnsEntries", "endpoint_"),
            },
            uses=[
                *inside("aws_vpc", e["VpcId"]),
                *inside("aws_ec2_route_table", e.get("RouteTableIds", [])),
                *inside("aws_ec2_subnet", e.get("SubnetIds", [])),
                *inside("aws_ec2_security_group", each(e, "Groups.GroupId")),
                *towards("aws_ec2_network_interface", e.get("NetworkInterfaceIds", []), first="this"),
            ],
        )
