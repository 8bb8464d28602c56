"""EC2: machines, their types and images, key pairs."""

from .node import after, inside, towards
from .shape import each, lists, moment, named, one, pick, plain, snaked, tag_map


def running(place):
    """The instances, and the types among them by name."""
    reservations = place.items("ec2", "describe_instances", "Reservations")
    machines = [instance for reservation in reservations for instance in reservation["Instances"]]
    names = sorted({instance["InstanceType"] for instance in machines})
    only = [{"Name": "instance-type", "Values": names}]
    types = place.items("ec2", "describe_instance_types", "InstanceTypes", Filters=only)
    return machines, {kind["InstanceType"]: kind for kind in types}


def instances(place):
    machines, types = running(place)
    status = {
        "pending": "busy",
        "running": "running",
        "shutting-down": "stopped",
        "stopping": "stopped",
        "stopped": "stopped",
        "terminated": "terminated",
    }
    for i in machines:
        kind = types[i["InstanceType"]]
        yield place.node(
            "aws_ec2_instance",
            {
                "id": i["InstanceId"],
                "name": named(i.get("Tags")),
                "tags": tag_map(i.get("Tags")),
                "ctime": i["LaunchTime"],
                "arn": place.arn(f"instance/{i['InstanceId']}"),
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
            protected=i["State"]["Name"] == "terminated",
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


def instance_types(place):
    _, types = running(place)
    for t in types.values():
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
        yield place.node(
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


def images(place):
    for i in place.items("ec2", "describe_images", "Images", Owners=["self"]):
        asked = {"ImageId": i["ImageId"], "Attribute": "launchPermission"}
        yield place.node(
            "aws_ec2_image",
            {
                "launch_permissions": snaked(
                    place.client("ec2").describe_image_attribute(**asked)["LaunchPermissions"]
                ),
                "id": i["ImageId"],
                "name": i.get("Name"),
                "tags": tag_map(i.get("Tags")),
                "ctime": moment(i["CreationDate"]),
                "arn": place.arn(f"image/{i['ImageId']}"),
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


def key_pairs(place):
    for k in place.items("ec2", "describe_key_pairs", "KeyPairs"):
        yield place.node(
            "aws_ec2_keypair",
            {
                "id": k["KeyPairId"],
                "name": k["KeyName"],
                "tags": tag_map(k.get("Tags")),
                "ctime": k.get("CreateTime"),
                "arn": place.arn(f"key-pair/{k['KeyPairId']}"),
                "fingerprint": k["KeyFingerprint"],
                **plain(k, "KeyFingerprint KeyType PublicKey"),
            },
        )
