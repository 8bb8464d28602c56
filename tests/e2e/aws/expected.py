"""What cloudgauge should report, mapped by hand from boto3's answers.

Independent of the catalogue: names and words are those of the resource model, values are what boto3 asked for and
parsed. Where the model keeps the provider's structure, its members are in snake case.
"""

import dataclasses
import datetime
import json
import re

from cloud import REGIONS

GLOBAL = "global"


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


def snake(name):
    """As people split AWS's names: a word begins where a capital follows a small letter, or precedes one."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z0-9])", "_", name).lower()


def tidy(value):
    """A value of boto3 as JSON has it."""
    match value:
        case datetime.datetime():
            return value.astimezone(datetime.UTC)
        case dict():
            return {name: tidy(member) for name, member in value.items() if member is not None}
        case list():
            return [tidy(element) for element in value]
    return value


def snaked(value):
    match value:
        case dict():
            return {snake(name): snaked(member) for name, member in value.items()}
        case list():
            return [snaked(element) for element in value]
    return value


def plain(item, names, prefix=""):
    """Members under the model's names for them: the provider's in snake case, after a prefix."""
    return {prefix + snake(name): snaked(item.get(name)) for name in names.split()}


def lists(item, names, prefix=""):
    """The same for lists, which are empty where the provider says nothing."""
    return {prefix + snake(name): snaked(item.get(name, [])) for name in names.split()}


def each(item, path):
    """What a path of lists leads to, as `A.B.C`."""
    found = [item]
    for name in path.split("."):
        found = [value.get(name) for value in found if isinstance(value, dict)]
        found = [part for value in found if value is not None for part in (value if isinstance(value, list) else [value])]
    return found


def one(item, path):
    return next(iter(each(item, path)), None)


def tag_map(tags):
    return {tag["Key"]: tag.get("Value", "") for tag in tags or []}


def named(tags):
    """The name tag, unless it is empty."""
    return tag_map(tags).get("Name") or None


def pick(item, names):
    """Some members, under their own names in snake case."""
    found = {snake(name): snaked(item[name]) for name in names.split() if item.get(name) is not None}
    return found or None


class Expected:
    """Every node and edge of a cloud."""

    def __init__(self, cloud, accounts):
        self.cloud = cloud
        self.nodes = []
        self.shared = {}
        for account in accounts:
            self.account = account
            for name in ("users", "groups", "roles", "policies", "profiles", "access_keys", "buckets"):
                self.region = GLOBAL
                self.nodes += getattr(self, name)()
            for region in REGIONS:
                self.region = region
                for name in (
                    "instances instance_types images key_pairs vpcs subnets security_groups interfaces addresses "
                    "internet_gateways nat_gateways route_tables acls peerings endpoints volumes snapshots "
                    "classic_balancers balancers target_groups scaling_groups databases clusters database_snapshots "
                    "functions queues tables stacks alarms kubernetes"
                ).split():
                    self.nodes += getattr(self, name)()

    # ---- asking

    def client(self, service):
        return self.cloud.client(service, self.account, REGIONS[0] if self.region == GLOBAL else self.region)

    def items(self, service, operation, path, **params):
        region = REGIONS[0] if self.region == GLOBAL else self.region
        return self.cloud.items(service, operation, path, self.account, region, **params)

    def node(self, kind, reported, **more):
        region = more.pop("region", self.region)
        return Node(kind, self.account, region, reported, **more)

    def arn(self, text):
        return f"arn:aws:ec2:{self.region}:{self.account}:{text}"

    def absent(self, ask, *codes):
        """The answer, or nothing where the error says that there is none."""
        try:
            return ask()
        except self.client("s3").exceptions.ClientError as error:
            if error.response["Error"]["Code"] in codes:
                return {}
            raise

    # ---- EC2: machines

    def instances(self):
        reservations = self.items("ec2", "describe_instances", "Reservations")
        self.machines = [instance for reservation in reservations for instance in reservation["Instances"]]
        names = {instance["InstanceType"] for instance in self.machines}
        types = self.items(
            "ec2", "describe_instance_types", "InstanceTypes", Filters=[{"Name": "instance-type", "Values": sorted(names)}]
        )
        self.types = {kind["InstanceType"]: kind for kind in types}
        status = {
            "pending": "busy",
            "running": "running",
            "shutting-down": "stopped",
            "stopping": "stopped",
            "stopped": "stopped",
            "terminated": "terminated",
        }
        for i in self.machines:
            kind = self.types[i["InstanceType"]]
            yield self.node(
                "aws_ec2_instance",
                {
                    "id": i["InstanceId"],
                    "name": named(i.get("Tags")),
                    "tags": tag_map(i.get("Tags")),
                    "ctime": i["LaunchTime"],
                    "arn": self.arn(f"instance/{i['InstanceId']}"),
                    "instance_status": status[i["State"]["Name"]],
                    "instance_cores": kind["VCpuInfo"]["DefaultVCpus"],
                    "instance_memory": kind["MemoryInfo"]["SizeInMiB"] / 1024,
                    "instance_ami_launch_index": i.get("AmiLaunchIndex"),
                    "instance_type": i["InstanceType"],
                    "instance_launch_time": i["LaunchTime"],
                    "instance_monitoring": one(i, "Monitoring.State"),
                    "instance_state_transition_reason": i.get("StateTransitionReason"),
                    "instance_hibernation_options": one(i, "HibernationOptions.Configured"),
                    "instance_enclave_options": one(i, "EnclaveOptions.Enabled"),
                    "instance_maintenance_options": one(i, "MaintenanceOptions.AutoRecovery"),
                    "instance_licenses": each(i, "Licenses.LicenseConfigurationArn"),
                    **plain(
                        i,
                        "ImageId KernelId KeyName Placement Platform PrivateDnsName PrivateIpAddress PublicDnsName "
                        "PublicIpAddress RamdiskId State SubnetId Architecture ClientToken EbsOptimized EnaSupport "
                        "Hypervisor IamInstanceProfile InstanceLifecycle OutpostArn RootDeviceName RootDeviceType "
                        "SourceDestCheck SpotInstanceRequestId SriovNetSupport StateReason VirtualizationType CpuOptions "
                        "CapacityReservationId CapacityReservationSpecification MetadataOptions BootMode PlatformDetails "
                        "UsageOperation UsageOperationUpdateTime PrivateDnsNameOptions Ipv6Address TpmSupport",
                        "instance_",
                    ),
                    **lists(
                        i,
                        "ProductCodes BlockDeviceMappings ElasticGpuAssociations ElasticInferenceAcceleratorAssociations "
                        "SecurityGroups NetworkInterfaces",
                        "instance_",
                    ),
                    "instance_lifecycle": i.get("InstanceLifecycle"),
                    "instance_instance_lifecycle": None,
                },
                zone=one(i, "Placement.AvailabilityZone"),
                uses=[
                    *after("aws_ec2_instance_type", i["InstanceType"]),
                    *inside("aws_vpc", i.get("VpcId")),
                    *inside("aws_ec2_subnet", i.get("SubnetId")),
                    *inside("aws_ec2_security_group", each(i, "SecurityGroups.GroupId")),
                    *after("aws_ec2_image", i["ImageId"]),
                    *after("aws_iam_instance_profile", one(i, "IamInstanceProfile.Arn"), by="arn"),
                    *towards("aws_ec2_keypair", i.get("KeyName"), by="name", first="this"),
                ],
            )

    def instance_types(self):
        for t in self.types.values():
            ebs, network = t.get("EbsInfo", {}), t.get("NetworkInfo", {})
            speeds = "BaselineBandwidthInMbps BaselineIops MaximumBandwidthInMbps MaximumIops"
            optimized = ebs.get("EbsOptimizedInfo", {})
            optimized_info = {
                **(pick(optimized, speeds) or {}),
                "baseline_throughput_in_mbps": optimized.get("BaselineThroughputInMBps"),
                "maximum_throughput_in_mbps": optimized.get("MaximumThroughputInMBps"),
            }
            ebs_info = {
                **(pick(ebs, "EbsOptimizedSupport EncryptionSupport NvmeSupport") or {}),
                "ebs_optimized_info": optimized_info if optimized else None,
            }
            network_info = {
                **pick(
                    network,
                    "NetworkPerformance MaximumNetworkInterfaces MaximumNetworkCards DefaultNetworkCardIndex "
                    "Ipv4AddressesPerInterface Ipv6AddressesPerInterface Ipv6Supported EnaSupport EfaSupported "
                    "EncryptionInTransitSupported",
                ),
                "network_cards": snaked(network.get("NetworkCards", [])),
                "efa_info": one(network, "EfaInfo.MaximumEfaInterfaces"),
            }
            yield self.node(
                "aws_ec2_instance_type",
                {
                    "id": t["InstanceType"],
                    "instance_type": t["InstanceType"],
                    "instance_cores": t["VCpuInfo"]["DefaultVCpus"],
                    "instance_memory": t["MemoryInfo"]["SizeInMiB"] / 1024,
                    "memory_info": t["MemoryInfo"]["SizeInMiB"],
                    "quota_type": "standard",
                    "instance_type_processor_info": snaked(t.get("ProcessorInfo")),
                    "instance_type_v_cpu_info": snaked(t.get("VCpuInfo")),
                    "instance_type_instance_storage_info": snaked(t.get("InstanceStorageInfo")),
                    "instance_type_placement_group_info": snaked(t.get("PlacementGroupInfo")),
                    "instance_type_inference_accelerator_info": snaked(t.get("InferenceAcceleratorInfo")),
                    "instance_type_ebs_info": ebs_info if ebs else None,
                    "instance_type_network_info": network_info if network else None,
                    **plain(
                        t,
                        "CurrentGeneration FreeTierEligible BareMetal Hypervisor InstanceStorageSupported "
                        "HibernationSupported BurstablePerformanceSupported DedicatedHostsSupported AutoRecoverySupported",
                    ),
                    **lists(
                        t,
                        "SupportedUsageClasses SupportedRootDeviceTypes SupportedVirtualizationTypes SupportedBootModes",
                    ),
                },
            )

    def images(self):
        for i in self.items("ec2", "describe_images", "Images", Owners=["self"]):
            yield self.node(
                "aws_ec2_image",
                {
                    "id": i["ImageId"],
                    "name": i.get("Name"),
                    "tags": tag_map(i.get("Tags")),
                    "ctime": moment(i["CreationDate"]),
                    "arn": self.arn(f"image/{i['ImageId']}"),
                    **plain(
                        i,
                        "Architecture ImageLocation ImageType Public KernelId OwnerId Platform PlatformDetails "
                        "UsageOperation RamdiskId State Description EnaSupport Hypervisor ImageOwnerAlias RootDeviceName "
                        "RootDeviceType SriovNetSupport StateReason VirtualizationType BootMode TpmSupport "
                        "DeprecationTime ImdsSupport SourceInstanceId",
                    ),
                    **lists(i, "ProductCodes BlockDeviceMappings"),
                },
                uses=towards("aws_ec2_snapshot", each(i, "BlockDeviceMappings.Ebs.SnapshotId"), first="this"),
            )

    def key_pairs(self):
        for k in self.items("ec2", "describe_key_pairs", "KeyPairs"):
            yield self.node(
                "aws_ec2_keypair",
                {
                    "id": k["KeyPairId"],
                    "name": k["KeyName"],
                    "tags": tag_map(k.get("Tags")),
                    "ctime": k.get("CreateTime"),
                    "arn": self.arn(f"key-pair/{k['KeyPairId']}"),
                    "fingerprint": k["KeyFingerprint"],
                    **plain(k, "KeyFingerprint KeyType PublicKey"),
                },
            )

    # ---- EC2: networks

    def vpcs(self):
        for v in self.items("ec2", "describe_vpcs", "Vpcs"):
            yield self.node(
                "aws_vpc",
                {
                    "id": v["VpcId"],
                    "name": named(v.get("Tags")),
                    "tags": tag_map(v.get("Tags")),
                    "arn": self.arn(f"vpc/{v['VpcId']}"),
                    "cidr_blocks": each(v, "CidrBlockAssociationSet.CidrBlock"),
                    **plain(v, "CidrBlock DhcpOptionsId State InstanceTenancy IsDefault", "vpc_"),
                    **lists(v, "Ipv6CidrBlockAssociationSet CidrBlockAssociationSet", "vpc_"),
                },
                protected=v["IsDefault"],
            )

    def subnets(self):
        for s in self.items("ec2", "describe_subnets", "Subnets"):
            yield self.node(
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

    def security_groups(self):
        for g in self.items("ec2", "describe_security_groups", "SecurityGroups"):
            yield self.node(
                "aws_ec2_security_group",
                {
                    "id": g["GroupId"],
                    "name": g["GroupName"],
                    "tags": tag_map(g.get("Tags")),
                    "arn": self.arn(f"security-group/{g['GroupId']}"),
                    "description": g["Description"],
                    **lists(g, "IpPermissions IpPermissionsEgress", "group_"),
                },
                protected=g["GroupName"] == "default",
                uses=inside("aws_vpc", g["VpcId"]),
            )

    def interfaces(self):
        for n in self.items("ec2", "describe_network_interfaces", "NetworkInterfaces"):
            yield self.node(
                "aws_ec2_network_interface",
                {
                    "id": n["NetworkInterfaceId"],
                    "name": named(n.get("TagSet")),
                    "tags": tag_map(n.get("TagSet")),
                    "arn": self.arn(f"network-interface/{n['NetworkInterfaceId']}"),
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
                protected=bool(n.get("RequesterManaged")),
                uses=[
                    *inside("aws_vpc", n.get("VpcId")),
                    *inside("aws_ec2_subnet", n.get("SubnetId")),
                    *held("aws_ec2_instance", one(n, "Attachment.InstanceId")),
                    *inside("aws_ec2_security_group", each(n, "Groups.GroupId")),
                ],
            )

    def addresses(self):
        for a in self.items("ec2", "describe_addresses", "Addresses"):
            yield self.node(
                "aws_ec2_elastic_ip",
                {
                    "id": a["PublicIp"],
                    "name": named(a.get("Tags")),
                    "tags": tag_map(a.get("Tags")),
                    "arn": self.arn(f"elastic-ip/{a['AllocationId']}"),
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

    def internet_gateways(self):
        for g in self.items("ec2", "describe_internet_gateways", "InternetGateways"):
            yield self.node(
                "aws_ec2_internet_gateway",
                {
                    "id": g["InternetGatewayId"],
                    "name": named(g.get("Tags")),
                    "tags": tag_map(g.get("Tags")),
                    "arn": self.arn(f"internet-gateway/{g['InternetGatewayId']}"),
                    **lists(g, "Attachments", "gateway_"),
                },
                uses=inside("aws_vpc", each(g, "Attachments.VpcId")),
            )

    def nat_gateways(self):
        for g in self.items("ec2", "describe_nat_gateways", "NatGateways"):
            yield self.node(
                "aws_ec2_nat_gateway",
                {
                    "id": g["NatGatewayId"],
                    "name": named(g.get("Tags")),
                    "tags": tag_map(g.get("Tags")),
                    "ctime": g["CreateTime"],
                    "arn": self.arn(f"natgateway/{g['NatGatewayId']}"),
                    "nat_gateway_addresses": snaked(g.get("NatGatewayAddresses", [])),
                    **plain(
                        g, "DeleteTime FailureCode FailureMessage ProvisionedBandwidth State ConnectivityType", "nat_"
                    ),
                },
                uses=[
                    *inside("aws_vpc", g.get("VpcId")),
                    *inside("aws_ec2_subnet", g.get("SubnetId")),
                    *towards(
                        "aws_ec2_network_interface", each(g, "NatGatewayAddresses.NetworkInterfaceId"), first="this"
                    ),
                ],
            )

    def route_tables(self):
        for t in self.items("ec2", "describe_route_tables", "RouteTables"):
            yield self.node(
                "aws_ec2_route_table",
                {
                    "id": t["RouteTableId"],
                    "name": named(t.get("Tags")),
                    "tags": tag_map(t.get("Tags")),
                    "arn": self.arn(f"route-table/{t['RouteTableId']}"),
                    "owner_id": t["OwnerId"],
                    "route_table_propagating_vgws": each(t, "PropagatingVgws.GatewayId"),
                    **lists(t, "Associations Routes", "route_table_"),
                },
                protected=any(association["Main"] for association in t["Associations"]),
                uses=inside("aws_vpc", t["VpcId"]),
            )

    def acls(self):
        for a in self.items("ec2", "describe_network_acls", "NetworkAcls"):
            entries = []
            for entry in a["Entries"]:
                ports = entry.get("PortRange")
                found = pick(entry, "CidrBlock Egress IcmpTypeCode Ipv6CidrBlock Protocol RuleAction RuleNumber")
                if ports:
                    found["port_range"] = {"from_range": ports.get("From"), "to_range": ports.get("To")}
                entries.append(found)
            yield self.node(
                "aws_ec2_network_acl",
                {
                    "id": a["NetworkAclId"],
                    "name": named(a.get("Tags")),
                    "tags": tag_map(a.get("Tags")),
                    "arn": self.arn(f"network-acl/{a['NetworkAclId']}"),
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

    def peerings(self):
        for p in self.items("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"):

            def side(info):
                blocks = {
                    "cidr_block_set": each(info, "CidrBlockSet.CidrBlock"),
                    "ipv6_cidr_block_set": each(info, "Ipv6CidrBlockSet.Ipv6CidrBlock"),
                }
                return {**(pick(info, "CidrBlock OwnerId PeeringOptions VpcId Region") or {}), **blocks}

            yield self.node(
                "aws_vpc_peering_connection",
                {
                    "id": p["VpcPeeringConnectionId"],
                    "name": named(p.get("Tags")),
                    "tags": tag_map(p.get("Tags")),
                    "arn": self.arn(f"vpc-peering-connection/{p['VpcPeeringConnectionId']}"),
                    "connection_accepter_vpc_info": side(p["AccepterVpcInfo"]),
                    "connection_requester_vpc_info": side(p["RequesterVpcInfo"]),
                    "connection_expiration_time": p.get("ExpirationTime"),
                    "peering_connection_status": snaked(p["Status"]),
                },
                uses=[
                    *inside("aws_vpc", p["RequesterVpcInfo"].get("VpcId")),
                    *inside("aws_vpc", p["AccepterVpcInfo"].get("VpcId")),
                ],
            )

    def endpoints(self):
        for e in self.items("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
            yield self.node(
                "aws_vpc_endpoint",
                {
                    "id": e["VpcEndpointId"],
                    "name": named(e.get("Tags")),
                    "tags": tag_map(e.get("Tags")),
                    "ctime": e.get("CreationTimestamp"),
                    "arn": self.arn(f"vpc-endpoint/{e['VpcEndpointId']}"),
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

    # ---- EC2: storage

    def volumes(self):
        status = {"in-use": "in-use", "available": "available", "creating": "busy", "error": "error"}
        for v in self.items("ec2", "describe_volumes", "Volumes"):
            yield self.node(
                "aws_ec2_volume",
                {
                    "id": v["VolumeId"],
                    "name": named(v.get("Tags")),
                    "tags": tag_map(v.get("Tags")),
                    "ctime": v["CreateTime"],
                    "arn": self.arn(f"volume/{v['VolumeId']}"),
                    "availability_zone": v["AvailabilityZone"],
                    "volume_status": status[v["State"]],
                    "volume_type": v["VolumeType"],
                    **plain(
                        v,
                        "Size Iops Throughput Encrypted KmsKeyId OutpostArn SnapshotId FastRestored MultiAttachEnabled",
                        "volume_",
                    ),
                    **lists(v, "Attachments", "volume_"),
                },
                zone=v["AvailabilityZone"],
                uses=held("aws_ec2_instance", each(v, "Attachments.InstanceId")),
            )

    def snapshots(self):
        for s in self.items("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"]):
            yield self.node(
                "aws_ec2_snapshot",
                {
                    "id": s["SnapshotId"],
                    "name": named(s.get("Tags")),
                    "tags": tag_map(s.get("Tags")),
                    "ctime": s["StartTime"],
                    "arn": self.arn(f"snapshot/{s['SnapshotId']}"),
                    "snapshot_status": s["State"],
                    **plain(s, "Description Encrypted OwnerAlias OwnerId VolumeId VolumeSize"),
                    **plain(
                        s,
                        "DataEncryptionKeyId KmsKeyId OutpostArn Progress StateMessage StorageTier RestoreExpiryTime",
                        "snapshot_",
                    ),
                },
                uses=after("aws_ec2_volume", s.get("VolumeId")),
            )

    # ---- load balancers

    def classic_balancers(self):
        for b in self.items("elb", "describe_load_balancers", "LoadBalancerDescriptions"):
            name = b["LoadBalancerName"]
            client = self.client("elb")
            tags = client.describe_tags(LoadBalancerNames=[name])["TagDescriptions"][0]["Tags"]
            a = client.describe_load_balancer_attributes(LoadBalancerName=name)["LoadBalancerAttributes"]
            yield self.node(
                "aws_elb",
                {
                    "id": b["DNSName"],
                    "name": name,
                    "tags": tag_map(tags),
                    "ctime": b["CreatedTime"],
                    "arn": f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:loadbalancer/{name}",
                    "lb_type": "elb",
                    "backends": each(b, "Instances.InstanceId"),
                    "scheme": b["Scheme"],
                    "elb_attributes": {
                        "cross_zone_load_balancing": one(a, "CrossZoneLoadBalancing.Enabled"),
                        "connection_settings": one(a, "ConnectionSettings.IdleTimeout"),
                        "additional_attributes": snaked(a.get("AdditionalAttributes", [])),
                        **(pick(a, "AccessLog ConnectionDraining") or {}),
                    },
                    **plain(
                        b,
                        "CanonicalHostedZoneName CanonicalHostedZoneNameID Policies HealthCheck SourceSecurityGroup",
                        "elb_",
                    ),
                    **lists(b, "ListenerDescriptions BackendServerDescriptions AvailabilityZones", "elb_"),
                },
                uses=[
                    *inside("aws_vpc", b.get("VPCId")),
                    *inside("aws_ec2_subnet", b["Subnets"]),
                    *inside("aws_ec2_security_group", b["SecurityGroups"]),
                    *towards("aws_ec2_instance", each(b, "Instances.InstanceId")),
                ],
            )

    def elbv2_tags(self, arn):
        return self.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]

    def health(self, arn):
        return self.items("elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=arn)

    def balancers(self):
        groups = self.items("elbv2", "describe_target_groups", "TargetGroups")
        for b in self.items("elbv2", "describe_load_balancers", "LoadBalancers"):
            arn = b["LoadBalancerArn"]
            listeners = []
            for listener in self.items("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
                actions = [
                    pick(action, "Type TargetGroupArn Order RedirectConfig FixedResponseConfig ForwardConfig")
                    for action in listener["DefaultActions"]
                ]
                listeners.append(
                    {
                        **pick(listener, "ListenerArn LoadBalancerArn Port Protocol SslPolicy"),
                        **lists(listener, "Certificates AlpnPolicy"),
                        "default_actions": actions,
                    }
                )
            mine = [group["TargetGroupArn"] for group in groups if arn in group["LoadBalancerArns"]]
            yield self.node(
                "aws_alb",
                {
                    "id": b["LoadBalancerName"],
                    "name": b["LoadBalancerName"],
                    "tags": tag_map(self.elbv2_tags(arn)),
                    "ctime": b["CreatedTime"],
                    "arn": arn,
                    "lb_type": {"application": "alb", "network": "nlb", "gateway": "gwlb"}[b["Type"]],
                    "backends": [target["Target"]["Id"] for group in mine for target in self.health(group)],
                    "alb_dns_name": b["DNSName"],
                    "alb_listener": listeners,
                    **plain(
                        b, "CanonicalHostedZoneId Scheme State Type IpAddressType CustomerOwnedIpv4Pool", "alb_"
                    ),
                    **lists(b, "AvailabilityZones SecurityGroups", "alb_"),
                },
                uses=[
                    *inside("aws_vpc", b.get("VpcId")),
                    *inside("aws_ec2_subnet", each(b, "AvailabilityZones.SubnetId")),
                    *inside("aws_ec2_security_group", b.get("SecurityGroups", [])),
                ],
            )

    def target_groups(self):
        for g in self.items("elbv2", "describe_target_groups", "TargetGroups"):
            arn = g["TargetGroupArn"]
            health = self.health(arn)
            targets = [target["Target"]["Id"] for target in health]
            yield self.node(
                "aws_alb_target_group",
                {
                    "id": g["TargetGroupName"],
                    "name": g["TargetGroupName"],
                    "tags": tag_map(self.elbv2_tags(arn)),
                    "arn": arn,
                    "alb_lb_arns": g["LoadBalancerArns"],
                    "alb_target_health": snaked(health),
                    **plain(g, "Protocol Port TargetType"),
                    **plain(
                        g,
                        "HealthCheckProtocol HealthCheckPort HealthCheckEnabled HealthCheckIntervalSeconds "
                        "HealthCheckTimeoutSeconds HealthyThresholdCount UnhealthyThresholdCount HealthCheckPath Matcher "
                        "ProtocolVersion IpAddressType",
                        "alb_",
                    ),
                },
                uses=[
                    *inside("aws_vpc", g.get("VpcId")),
                    *held("aws_alb", g["LoadBalancerArns"], by="arn"),
                    *(towards("aws_ec2_instance", targets) if g["TargetType"] == "instance" else []),
                    *(towards("aws_lambda_function", targets, by="arn") if g["TargetType"] == "lambda" else []),
                ],
            )

    def scaling_groups(self):
        for g in self.items("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"):
            yield self.node(
                "aws_autoscaling_group",
                {
                    "id": g["AutoScalingGroupName"],
                    "name": g["AutoScalingGroupName"],
                    "tags": tag_map(g.get("Tags")),
                    "ctime": g["CreatedTime"],
                    "arn": g["AutoScalingGroupARN"],
                    **plain(g, "MinSize MaxSize"),
                    **plain(
                        g,
                        "LaunchConfigurationName LaunchTemplate MixedInstancesPolicy DesiredCapacity PredictedCapacity "
                        "DefaultCooldown HealthCheckType HealthCheckGracePeriod PlacementGroup Status "
                        "NewInstancesProtectedFromScaleIn MaxInstanceLifetime CapacityRebalance WarmPoolSize Context "
                        "DesiredCapacityType DefaultInstanceWarmup",
                        "autoscaling_",
                    ),
                    "autoscaling_vpc_zone_identifier": g.get("VPCZoneIdentifier"),
                    "autoscaling_service_linked_role_arn": g.get("ServiceLinkedRoleARN"),
                    "autoscaling_target_group_ar_ns": g.get("TargetGroupARNs", []),
                    **lists(
                        g,
                        "AvailabilityZones LoadBalancerNames Instances SuspendedProcesses EnabledMetrics "
                        "TerminationPolicies",
                        "autoscaling_",
                    ),
                },
                uses=[
                    *towards("aws_ec2_instance", each(g, "Instances.InstanceId"), first="this"),
                    *towards("aws_alb_target_group", g.get("TargetGroupARNs", []), by="arn"),
                    *towards("aws_elb", g.get("LoadBalancerNames", []), by="name"),
                ],
            )

    # ---- databases

    def databases(self):
        for d in self.items("rds", "describe_db_instances", "DBInstances"):
            endpoint, group = d.get("Endpoint", {}), d.get("DBSubnetGroup")
            if group is not None:
                found = [
                    {
                        **pick(subnet, "SubnetIdentifier SubnetStatus"),
                        "subnet_availability_zone": one(subnet, "SubnetAvailabilityZone.Name"),
                        "subnet_outpost": one(subnet, "SubnetOutpost.Arn"),
                    }
                    for subnet in group["Subnets"]
                ]
                names = "DBSubnetGroupName DBSubnetGroupDescription VpcId SubnetGroupStatus DBSubnetGroupArn"
                group_info = {**pick(group, names), "subnets": found, **lists(group, "SupportedNetworkTypes")}
            yield self.node(
                "aws_rds_instance",
                {
                    "id": d["DBInstanceIdentifier"],
                    "name": d.get("DBName") or d["DBInstanceIdentifier"],
                    "tags": tag_map(d.get("TagList")),
                    "ctime": d.get("InstanceCreateTime"),
                    "arn": d["DBInstanceArn"],
                    "db_status": {"available": "available", "creating": "busy"}[d["DBInstanceStatus"]],
                    "db_endpoint": f"{endpoint['Address']}:{endpoint['Port']}" if "Address" in endpoint else None,
                    "db_type": d["Engine"],
                    "db_version": d.get("EngineVersion"),
                    "db_publicly_accessible": d.get("PubliclyAccessible"),
                    "instance_type": d["DBInstanceClass"],
                    "volume_size": d["AllocatedStorage"],
                    "volume_iops": d.get("Iops"),
                    "volume_encrypted": d.get("StorageEncrypted"),
                    "rds_multi_az": d.get("MultiAZ"),
                    "rds_db_subnet_group": group_info if group is not None else None,
                    "rds_ca_certificate_identifier": d.get("CACertificateIdentifier"),
                    "rds_read_replica_source_db_instance_identifier": d.get("ReadReplicaSourceDBInstanceIdentifier"),
                    "rds_read_replica_db_instance_identifiers": d.get("ReadReplicaDBInstanceIdentifiers", []),
                    "rds_read_replica_db_cluster_identifiers": d.get("ReadReplicaDBClusterIdentifiers", []),
                    "rds_db_instance_automated_backups_replications": each(
                        d, "DBInstanceAutomatedBackupsReplications.DBInstanceAutomatedBackupsArn"
                    ),
                    "rds_iam_database_authentication_enabled": d.get("IAMDatabaseAuthenticationEnabled"),
                    **plain(
                        d,
                        "AutomaticRestartTime MasterUsername PreferredBackupWindow BackupRetentionPeriod AvailabilityZone "
                        "PreferredMaintenanceWindow PendingModifiedValues LatestRestorableTime AutoMinorVersionUpgrade "
                        "ReplicaMode LicenseModel CharacterSetName NcharCharacterSetName SecondaryAvailabilityZone "
                        "StorageType TdeCredentialArn DbInstancePort DBClusterIdentifier KmsKeyId DbiResourceId "
                        "CopyTagsToSnapshot MonitoringInterval EnhancedMonitoringResourceArn MonitoringRoleArn "
                        "PromotionTier Timezone PerformanceInsightsEnabled PerformanceInsightsKMSKeyId "
                        "PerformanceInsightsRetentionPeriod DeletionProtection ListenerEndpoint MaxAllocatedStorage "
                        "CustomerOwnedIpEnabled AwsBackupRecoveryPointArn ActivityStreamStatus ActivityStreamKmsKeyId "
                        "ActivityStreamKinesisStreamName ActivityStreamMode ActivityStreamEngineNativeAuditFieldsIncluded "
                        "AutomationMode ResumeFullAutomationModeTime CustomIamInstanceProfile BackupTarget NetworkType",
                        "rds_",
                    ),
                    **lists(
                        d,
                        "DBSecurityGroups VpcSecurityGroups DBParameterGroups OptionGroupMemberships StatusInfos "
                        "DomainMemberships EnabledCloudwatchLogsExports ProcessorFeatures AssociatedRoles",
                        "rds_",
                    ),
                },
                zone=d.get("AvailabilityZone"),
                uses=[
                    *inside("aws_vpc", one(d, "DBSubnetGroup.VpcId")),
                    *inside("aws_ec2_subnet", each(d, "DBSubnetGroup.Subnets.SubnetIdentifier")),
                    *inside("aws_ec2_security_group", each(d, "VpcSecurityGroups.VpcSecurityGroupId")),
                ],
            )

    def clusters(self):
        for c in self.items("rds", "describe_db_clusters", "DBClusters"):
            yield self.node(
                "aws_rds_cluster",
                {
                    "id": c["DBClusterIdentifier"],
                    "name": c["DBClusterIdentifier"],
                    "tags": tag_map(c.get("TagList")),
                    "ctime": c["ClusterCreateTime"],
                    "arn": c["DBClusterArn"],
                    "db_status": {"available": "available", "creating": "busy"}[c["Status"]],
                    "db_endpoint": f"{c['Endpoint']}:{c['Port']}",
                    "db_type": c["Engine"],
                    "db_version": c["EngineVersion"],
                    "db_publicly_accessible": c.get("PubliclyAccessible"),
                    "volume_iops": c.get("Iops"),
                    "volume_encrypted": c.get("StorageEncrypted"),
                    "volume_size": c.get("AllocatedStorage"),
                    "instance_type": c.get("DBClusterInstanceClass"),
                    "rds_multi_az": c.get("MultiAZ"),
                    "rds_db_subnet_group_name": c.get("DBSubnetGroup"),
                    "rds_db_system_id": c.get("DBSystemId"),
                    "rds_cluster_pending_modified_values": snaked(c.get("PendingModifiedValues")),
                    "rds_iam_database_authentication_enabled": c.get("IAMDatabaseAuthenticationEnabled"),
                    "rds_serverless_v2_scaling_configuration": snaked(c.get("ServerlessV2ScalingConfiguration")),
                    **plain(
                        c,
                        "AllocatedStorage BackupRetentionPeriod CharacterSetName DatabaseName DBClusterParameterGroup "
                        "AutomaticRestartTime EarliestRestorableTime Endpoint ReaderEndpoint LatestRestorableTime Port "
                        "MasterUsername PreferredBackupWindow PreferredMaintenanceWindow ReplicationSourceIdentifier "
                        "HostedZoneId KmsKeyId DbClusterResourceId CloneGroupId EarliestBacktrackTime BacktrackWindow "
                        "BacktrackConsumedChangeRecords Capacity EngineMode ScalingConfigurationInfo DeletionProtection "
                        "HttpEndpointEnabled ActivityStreamMode ActivityStreamStatus ActivityStreamKmsKeyId "
                        "ActivityStreamKinesisStreamName CopyTagsToSnapshot CrossAccountClone GlobalWriteForwardingStatus "
                        "GlobalWriteForwardingRequested DBClusterInstanceClass StorageType AutoMinorVersionUpgrade "
                        "MonitoringInterval MonitoringRoleArn PerformanceInsightsEnabled PerformanceInsightsKMSKeyId "
                        "PerformanceInsightsRetentionPeriod NetworkType MasterUserSecret",
                        "rds_",
                    ),
                    **lists(
                        c,
                        "AvailabilityZones CustomEndpoints DBClusterOptionGroupMemberships ReadReplicaIdentifiers "
                        "DBClusterMembers VpcSecurityGroups AssociatedRoles EnabledCloudwatchLogsExports DomainMemberships",
                        "rds_",
                    ),
                },
                uses=[
                    *towards("aws_rds_instance", each(c, "DBClusterMembers.DBInstanceIdentifier"), first="other"),
                    *inside("aws_ec2_security_group", each(c, "VpcSecurityGroups.VpcSecurityGroupId")),
                ],
            )

    def database_snapshots(self):
        for s in self.items("rds", "describe_db_snapshots", "DBSnapshots"):
            features = s.get("ProcessorFeatures")
            yield self.node(
                "aws_rds_snapshot",
                {
                    "id": s["DBSnapshotIdentifier"],
                    "name": s["DBSnapshotIdentifier"],
                    "tags": tag_map(s.get("TagList")),
                    "ctime": s["SnapshotCreateTime"],
                    "arn": s["DBSnapshotArn"],
                    "snapshot_status": s["Status"],
                    "volume_size": s["AllocatedStorage"],
                    "volume_id": s["DBInstanceIdentifier"],
                    "encrypted": s.get("Encrypted"),
                    "rds_processor_features": None if features is None else {f["Name"]: f["Value"] for f in features},
                    "rds_source_db_snapshot_identifier": s.get("SourceDBSnapshotIdentifier"),
                    "rds_iam_database_authentication_enabled": s.get("IAMDatabaseAuthenticationEnabled"),
                    **plain(
                        s,
                        "DBInstanceIdentifier Engine AllocatedStorage Port AvailabilityZone VpcId InstanceCreateTime "
                        "MasterUsername EngineVersion LicenseModel SnapshotType Iops OptionGroupName PercentProgress "
                        "SourceRegion StorageType TdeCredentialArn Encrypted KmsKeyId Timezone DbiResourceId "
                        "OriginalSnapshotCreateTime SnapshotDatabaseTime SnapshotTarget StorageThroughput DBSystemId "
                        "DedicatedLogVolume MultiTenant",
                        "rds_",
                    ),
                },
                zone=s.get("AvailabilityZone"),
                uses=[*after("aws_rds_instance", s["DBInstanceIdentifier"]), *after("aws_vpc", s.get("VpcId"))],
            )

    def tables(self):
        client = self.client("dynamodb")
        status = {"ACTIVE": "available", "CREATING": "busy", "UPDATING": "busy", "DELETING": "busy"}
        for name in self.items("dynamodb", "list_tables", "TableNames"):
            t = client.describe_table(TableName=name)["Table"]
            arn = t["TableArn"]
            tags = self.items("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=arn)
            backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
            policy = self.absent(lambda: client.get_resource_policy(ResourceArn=arn), "PolicyNotFoundException")
            encrypted = {"ENABLED": True, "ENABLING": True, "UPDATING": True, "DISABLED": False, "DISABLING": False}
            yield self.node(
                "aws_dynamodb_table",
                {
                    "id": t["TableId"],
                    "name": name,
                    "tags": tag_map(tags),
                    "ctime": t["CreationDateTime"],
                    "arn": arn,
                    "db_type": "dynamodb",
                    "db_status": status[t["TableStatus"]],
                    "volume_encrypted": encrypted.get(one(t, "SSEDescription.Status")),
                    "dynamodb_continuous_backup": {
                        "status": backups["ContinuousBackupsStatus"],
                        "point_in_time_recovery": snaked(backups.get("PointInTimeRecoveryDescription")),
                    },
                    "dynamodb_policy": json.loads(policy["Policy"]) if policy else None,
                    "dynamodb_replicas": [],
                    "dynamodb_sse_description": snaked(t.get("SSEDescription")),
                    **plain(
                        t,
                        "TableStatus ProvisionedThroughput TableSizeBytes ItemCount BillingModeSummary "
                        "StreamSpecification LatestStreamLabel LatestStreamArn GlobalTableVersion RestoreSummary "
                        "ArchivalSummary TableClassSummary",
                        "dynamodb_",
                    ),
                    **lists(
                        t, "AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes", "dynamodb_"
                    ),
                },
            )

    # ---- S3

    def buckets(self):
        s3 = self.client("s3")
        for b in s3.list_buckets()["Buckets"]:
            name = b["Name"]
            region = b.get("BucketRegion") or s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
            ask = lambda operation, *codes: self.absent(
                lambda: getattr(self.cloud.client("s3", self.account, region), operation)(Bucket=name), *codes
            )
            tags = ask("get_bucket_tagging", "NoSuchTagSet").get("TagSet")
            rules = ask("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError")
            rules = rules.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
            policy = ask("get_bucket_policy", "NoSuchBucketPolicy").get("Policy")
            versioning = ask("get_bucket_versioning")
            access = ask("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
            acl = ask("get_bucket_acl")
            logging = ask("get_bucket_logging").get("LoggingEnabled")
            lifecycle = ask("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration").get("Rules", [])
            encryption = []
            for rule in rules:
                default = rule.get("ApplyServerSideEncryptionByDefault", {})
                found = {
                    "sse_algorithm": default.get("SSEAlgorithm"),
                    "kms_master_key_id": default.get("KMSMasterKeyID"),
                    "bucket_key_enabled": rule.get("BucketKeyEnabled"),
                }
                encryption.append(found)
            yield self.node(
                "aws_s3_bucket",
                {
                    "id": name,
                    "name": name,
                    "tags": tag_map(tags),
                    "ctime": b["CreationDate"],
                    "arn": f"arn:aws:s3:::{name}",
                    "encryption_enabled": bool(rules),
                    "versioning_enabled": versioning.get("Status") == "Enabled",
                    "bucket_versioning": versioning.get("Status") == "Enabled",
                    "bucket_mfa_delete": versioning.get("MFADelete") == "Enabled",
                    "bucket_location": region,
                    "bucket_encryption_rules": encryption,
                    "bucket_policy": json.loads(policy) if policy else None,
                    "bucket_public_access_block_configuration": snaked(access.get("PublicAccessBlockConfiguration")),
                    "bucket_acl": {"owner": snaked(acl["Owner"]), "grants": snaked(acl["Grants"])},
                    "bucket_logging": snaked(logging),
                    "bucket_lifecycle_policy": snaked(lifecycle),
                },
                region=region,
            )

    # ---- IAM

    def details(self, path):
        if self.account not in self.shared:
            client = self.client("iam")
            pages = list(client.get_paginator("get_account_authorization_details").paginate())
            self.shared[self.account] = pages
        return [item for page in self.shared[self.account] for item in page[path]]

    @staticmethod
    def inline(policies):
        return [
            {"policy_name": policy["PolicyName"], "policy_document": policy["PolicyDocument"]} for policy in policies or []
        ]

    def users(self):
        logins = {user["UserId"]: user for user in self.items("iam", "list_users", "Users")}
        devices = self.items("iam", "list_virtual_mfa_devices", "VirtualMFADevices")
        for u in self.details("UserDetailList"):
            mine = [device for device in devices if one(device, "User.Arn") == u["Arn"]]
            boundary = u.get("PermissionsBoundary")
            yield self.node(
                "aws_iam_user",
                {
                    "id": u["UserId"],
                    "name": u["UserName"],
                    "username": u["UserName"],
                    "tags": tag_map(u.get("Tags")),
                    "ctime": u["CreateDate"],
                    "atime": logins[u["UserId"]].get("PasswordLastUsed"),
                    "arn": u["Arn"],
                    "path": u["Path"],
                    "password_last_used": logins[u["UserId"]].get("PasswordLastUsed"),
                    "user_policies": self.inline(u.get("UserPolicyList")),
                    "user_virtual_mfa_devices": [pick(device, "SerialNumber EnableDate") for device in mine],
                    "user_permissions_boundary": snaked(boundary),
                },
                uses=[
                    *after("aws_iam_group", u.get("GroupList", []), by="name"),
                    *towards(
                        "aws_iam_policy", each(u, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"
                    ),
                    *towards("aws_iam_policy", one(u, "PermissionsBoundary.PermissionsBoundaryArn"), by="arn"),
                ],
            )

    def groups(self):
        for g in self.details("GroupDetailList"):
            yield self.node(
                "aws_iam_group",
                {
                    "id": g["GroupId"],
                    "name": g["GroupName"],
                    "ctime": g["CreateDate"],
                    "arn": g["Arn"],
                    "path": g["Path"],
                    "group_policies": self.inline(g.get("GroupPolicyList")),
                },
                uses=towards("aws_iam_policy", each(g, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"),
            )

    def roles(self):
        for r in self.details("RoleDetailList"):
            used = r.get("RoleLastUsed") or {}
            last = {"last_used": used.get("LastUsedDate"), "region": used.get("Region")}
            yield self.node(
                "aws_iam_role",
                {
                    "id": r["RoleId"],
                    "name": r["RoleName"],
                    "tags": tag_map(r.get("Tags")),
                    "ctime": r["CreateDate"],
                    "atime": used.get("LastUsedDate"),
                    "arn": r["Arn"],
                    "path": r["Path"],
                    "role_assume_role_policy_document": r["AssumeRolePolicyDocument"],
                    "role_policies": self.inline(r.get("RolePolicyList")),
                    "role_permissions_boundary": snaked(r.get("PermissionsBoundary")),
                    "role_last_used": last if any(last.values()) else None,
                },
                protected=r["Path"].startswith("/aws-service-role/"),
                uses=[
                    *towards("aws_iam_instance_profile", each(r, "InstanceProfileList.Arn"), by="arn", first="other"),
                    *towards(
                        "aws_iam_policy", each(r, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"
                    ),
                    *towards("aws_iam_policy", one(r, "PermissionsBoundary.PermissionsBoundaryArn"), by="arn"),
                ],
            )

    def policies(self):
        for p in self.details("Policies"):
            documents = [v["Document"] for v in p["PolicyVersionList"] if v["IsDefaultVersion"]]
            managed = ":iam::aws:policy/" in p["Arn"]
            yield self.node(
                "aws_iam_policy",
                {
                    "id": p["PolicyId"],
                    "name": p["PolicyName"],
                    "ctime": p["CreateDate"],
                    "mtime": p["UpdateDate"],
                    "arn": p["Arn"],
                    "path": p["Path"],
                    "managed": managed,
                    "policy_document": documents[0],
                    **plain(
                        p,
                        "DefaultVersionId AttachmentCount PermissionsBoundaryUsageCount IsAttachable Description",
                        "policy_",
                    ),
                },
                protected=managed,
            )

    def profiles(self):
        for p in self.items("iam", "list_instance_profiles", "InstanceProfiles"):
            yield self.node(
                "aws_iam_instance_profile",
                {
                    "id": p["InstanceProfileId"],
                    "name": p["InstanceProfileName"],
                    "tags": tag_map(p.get("Tags")),
                    "ctime": p["CreateDate"],
                    "arn": p["Arn"],
                    "instance_profile_path": p["Path"],
                },
            )

    def access_keys(self):
        client = self.client("iam")
        for user in self.items("iam", "list_users", "Users"):
            for k in self.items("iam", "list_access_keys", "AccessKeyMetadata", UserName=user["UserName"]):
                used = client.get_access_key_last_used(AccessKeyId=k["AccessKeyId"])["AccessKeyLastUsed"]
                yield self.node(
                    "aws_iam_access_key",
                    {
                        "id": k["AccessKeyId"],
                        "name": k["UserName"],
                        "ctime": k["CreateDate"],
                        "atime": used.get("LastUsedDate"),
                        "user_name": k["UserName"],
                        "access_key_status": k["Status"],
                        "access_key_last_used": {
                            "last_used": used.get("LastUsedDate"),
                            "service_name": used.get("ServiceName"),
                            "region": used.get("Region"),
                        },
                    },
                    uses=after("aws_iam_user", user["UserId"]),
                )

    # ---- the rest

    def functions(self):
        client = self.client("lambda")
        for f in self.items("lambda", "list_functions", "Functions"):
            name = f["FunctionName"]
            policy = self.absent(lambda: client.get_policy(FunctionName=name), "ResourceNotFoundException").get("Policy")
            url = self.absent(
                lambda: client.get_function_url_config(FunctionName=name), "ResourceNotFoundException"
            )
            yield self.node(
                "aws_lambda_function",
                {
                    "id": name,
                    "name": name,
                    "tags": client.list_tags(Resource=f["FunctionArn"])["Tags"],
                    "mtime": moment(f["LastModified"]),
                    "arn": f["FunctionArn"],
                    "memory_size": f["MemorySize"],
                    "function_policy": json.loads(policy) if policy else None,
                    "function_url_config": pick(
                        url, "FunctionUrl FunctionArn AuthType Cors CreationTime LastModifiedTime"
                    ),
                    "function_dead_letter_config": one(f, "DeadLetterConfig.TargetArn"),
                    "function_tracing_config": one(f, "TracingConfig.Mode"),
                    "function_ephemeral_storage": one(f, "EphemeralStorage.Size"),
                    "function_kms_key_arn": f.get("KMSKeyArn"),
                    **plain(
                        f,
                        "Runtime Role Handler CodeSize Description Timeout MemorySize CodeSha256 Version MasterArn "
                        "RevisionId State StateReason StateReasonCode LastUpdateStatus LastUpdateStatusReason "
                        "LastUpdateStatusReasonCode PackageType ImageConfigResponse SigningProfileVersionArn SigningJobArn",
                        "function_",
                    ),
                    **lists(f, "FileSystemConfigs Layers Architectures", "function_"),
                },
                uses=[
                    *inside("aws_vpc", one(f, "VpcConfig.VpcId")),
                    *inside("aws_ec2_subnet", each(f, "VpcConfig.SubnetIds")),
                    *inside("aws_ec2_security_group", each(f, "VpcConfig.SecurityGroupIds")),
                    *after("aws_iam_role", f["Role"], by="arn"),
                ],
            )

    def queues(self):
        client = self.client("sqs")
        # boto3 has no list where there are no queues.
        for page in client.get_paginator("list_queues").paginate():
            for url in page.get("QueueUrls", []):
                a = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                name = url.rsplit("/", 1)[1]
                number = lambda attribute: int(a[attribute]) if attribute in a else None
                redrive = json.loads(a["RedrivePolicy"]) if "RedrivePolicy" in a else None
                allow = json.loads(a["RedriveAllowPolicy"]) if "RedriveAllowPolicy" in a else {}
                numbers = (
                    "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesDelayed "
                    "KmsDataKeyReusePeriodSeconds VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds "
                    "ReceiveMessageWaitTimeSeconds"
                )
                yield self.node(
                    "aws_sqs_queue",
                    {
                        "id": name,
                        "name": name,
                        "tags": client.list_queue_tags(QueueUrl=url).get("Tags", {}),
                        "ctime": datetime.datetime.fromtimestamp(float(a["CreatedTimestamp"]), datetime.UTC),
                        "mtime": datetime.datetime.fromtimestamp(float(a["LastModifiedTimestamp"]), datetime.UTC),
                        "arn": a["QueueArn"],
                        "queue_type": "fifo" if a.get("FifoQueue") == "true" else "standard",
                        "approximate_message_count": number("ApproximateNumberOfMessages"),
                        "message_retention_period_days": round(number("MessageRetentionPeriod") / 86400),
                        "sqs_queue_url": url,
                        "sqs_policy": json.loads(a["Policy"]) if "Policy" in a else None,
                        "sqs_redrive_policy": snaked(redrive),
                        "sqs_redrive_allow_policy": allow.get("redrivePermission"),
                        "sqs_fifo_queue": a.get("FifoQueue") == "true",
                        "sqs_content_based_deduplication": a.get("ContentBasedDeduplication") == "true",
                        "sqs_managed_sse_enabled": a.get("SqsManagedSseEnabled") == "true",
                        **plain(a, "KmsMasterKeyId DeduplicationScope FifoThroughputLimit", "sqs_"),
                        **{"sqs_" + snake(attribute): number(attribute) for attribute in numbers.split()},
                    },
                    uses=towards("aws_sqs_queue", (redrive or {}).get("deadLetterTargetArn"), by="arn"),
                )

    def stacks(self):
        for s in self.items("cloudformation", "describe_stacks", "Stacks"):
            parameters = s.get("Parameters")
            yield self.node(
                "aws_cloudformation_stack",
                {
                    "id": s["StackId"],
                    "name": s["StackName"],
                    "tags": tag_map(s.get("Tags")),
                    "ctime": s["CreationTime"],
                    "mtime": s.get("LastUpdatedTime"),
                    "arn": s["StackId"],
                    "description": s.get("Description"),
                    "stack_status": s["StackStatus"],
                    "stack_status_reason": s.get("StackStatusReason"),
                    "stack_parameters": None
                    if parameters is None
                    else {p["ParameterKey"]: p["ParameterValue"] for p in parameters},
                    "stack_role_arn": s.get("RoleARN"),
                    "stack_notification_ar_ns": s.get("NotificationARNs", []),
                    **plain(
                        s,
                        "ChangeSetId DeletionTime RollbackConfiguration DisableRollback TimeoutInMinutes "
                        "EnableTerminationProtection ParentId RootId DriftInformation",
                        "stack_",
                    ),
                    **lists(s, "Capabilities Outputs", "stack_"),
                },
                protected=bool(s.get("EnableTerminationProtection")),
                uses=[
                    *after("aws_cloudformation_stack", s.get("ParentId")),
                    *inside("aws_iam_role", s.get("RoleARN"), by="arn"),
                ],
            )

    def alarms(self):
        watched = {
            "InstanceId": ("aws_ec2_instance", "id"),
            "VolumeId": ("aws_ec2_volume", "id"),
            "AutoScalingGroupName": ("aws_autoscaling_group", "name"),
            "LoadBalancerName": ("aws_elb", "name"),
            "QueueName": ("aws_sqs_queue", "name"),
        }
        for a in self.items("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]):
            tags = self.client("cloudwatch").list_tags_for_resource(ResourceARN=a["AlarmArn"])["Tags"]
            dimensions = [(*watched[d["Name"]], d["Value"]) for d in a["Dimensions"] if d["Name"] in watched]
            yield self.node(
                "aws_cloudwatch_alarm",
                {
                    "id": a["AlarmName"],
                    "name": a["AlarmName"],
                    "tags": tag_map(tags),
                    "mtime": a.get("AlarmConfigurationUpdatedTimestamp"),
                    "arn": a["AlarmArn"],
                    "cloudwatch_ok_actions": a.get("OKActions", []),
                    **plain(
                        a,
                        "AlarmDescription ActionsEnabled StateValue StateReason StateReasonData StateUpdatedTimestamp "
                        "MetricName Namespace Statistic ExtendedStatistic Period Unit EvaluationPeriods DatapointsToAlarm "
                        "Threshold ComparisonOperator TreatMissingData EvaluateLowSampleCountPercentile ThresholdMetricId",
                        "cloudwatch_",
                    ),
                    **lists(a, "AlarmActions InsufficientDataActions Dimensions Metrics", "cloudwatch_"),
                },
                uses=[use for kind, by, value in dimensions for use in after(kind, value, by)],
            )

    def kubernetes(self):
        for name in self.items("eks", "list_clusters", "clusters"):
            c = self.client("eks").describe_cluster(name=name)["cluster"]
            issuer = one(c, "identity.oidc.issuer")
            encryption = [
                {"resources": part.get("resources", []), "provider": one(part, "provider.keyArn")}
                for part in c.get("encryptionConfig", [])
            ]
            config = c["resourcesVpcConfig"]
            yield self.node(
                "aws_eks_cluster",
                {
                    "id": name,
                    "name": name,
                    "tags": c.get("tags"),
                    "ctime": c["createdAt"],
                    "arn": c["arn"],
                    "version": c["version"],
                    "endpoint": c.get("endpoint"),
                    "cluster_role_arn": c["roleArn"],
                    "cluster_identity": {"oidc": issuer} if issuer else None,
                    "cluster_certificate_authority": one(c, "certificateAuthority.data"),
                    "cluster_encryption_config": encryption,
                    **plain(
                        c,
                        "resourcesVpcConfig kubernetesNetworkConfig logging status clientRequestToken platformVersion "
                        "connectorConfig",
                        "cluster_",
                    ),
                },
                uses=[
                    *inside("aws_iam_role", c["roleArn"], by="arn"),
                    *inside("aws_vpc", config.get("vpcId")),
                    *inside("aws_ec2_subnet", config.get("subnetIds", [])),
                    *inside("aws_ec2_security_group", config.get("securityGroupIds", [])),
                ],
            )


def moment(text):
    """A time that AWS writes as text."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


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
