"""RDS and DynamoDB."""

import json

from .node import after, inside, towards
from .shape import each, lists, one, pick, plain, snaked, tag_map


def databases(place):
    for d in place.items("rds", "describe_db_instances", "DBInstances"):
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
        yield place.node(
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


def clusters(place):
    for c in place.items("rds", "describe_db_clusters", "DBClusters"):
        yield place.node(
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


def database_snapshots(place):
    for s in place.items("rds", "describe_db_snapshots", "DBSnapshots"):
        features = s.get("ProcessorFeatures")
        yield place.node(
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


def tables(place):
    client = place.client("dynamodb")
    status = {"ACTIVE": "available", "CREATING": "busy", "UPDATING": "busy", "DELETING": "busy"}
    for name in place.items("dynamodb", "list_tables", "TableNames"):
        t = client.describe_table(TableName=name)["Table"]
        arn = t["TableArn"]
        tags = place.items("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=arn)
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        policy = place.absent(lambda: client.get_resource_policy(ResourceArn=arn), "PolicyNotFoundException")
        encrypted = {"ENABLED": True, "ENABLING": True, "UPDATING": True, "DISABLED": False, "DISABLING": False}
        yield place.node(
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
                **lists(t, "AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes", "dynamodb_"),
            },
        )
