"""Volumes, snapshots and buckets."""

import functools
import json

from .node import after, held
from .shape import each, lists, named, plain, snaked, tag_map


def volumes(place):
    status = {"in-use": "in-use", "available": "available", "creating": "busy", "error": "error"}
    for v in place.items("ec2", "describe_volumes", "Volumes"):
        yield place.node(
            "aws_ec2_volume",
            {
                "id": v["VolumeId"],
                "name": named(v.get("Tags")),
                "tags": tag_map(v.get("Tags")),
                "ctime": v["CreateTime"],
                "arn": place.arn(f"volume/{v['VolumeId']}"),
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


def snapshots(place):
    for s in place.items("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        yield place.node(
            "aws_ec2_snapshot",
            {
                "id": s["SnapshotId"],
                "name": named(s.get("Tags")),
                "tags": tag_map(s.get("Tags")),
                "ctime": s["StartTime"],
                "arn": place.arn(f"snapshot/{s['SnapshotId']}"),
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


def detail(place, client, bucket, operation, *codes):
    return place.absent(lambda: getattr(client, operation)(Bucket=bucket), *codes)


def buckets(place):
    s3 = place.client("s3")
    for b in s3.list_buckets()["Buckets"]:
        name = b["Name"]
        region = b.get("BucketRegion") or s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
        client = place.cloud.client("s3", place.account, region)
        ask = functools.partial(detail, place, client, name)
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
        yield place.node(
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
