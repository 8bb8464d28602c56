"""Functions, queues, stacks, alarms and Kubernetes clusters."""

import datetime
import json

from .node import after, inside, towards
from .shape import each, lists, moment, one, pick, plain, snake, snaked, tag_map


def functions(place):
    client = place.client("lambda")
    for f in place.items("lambda", "list_functions", "Functions"):
        name = f["FunctionName"]
        policy = place.absent(lambda: client.get_policy(FunctionName=name), "ResourceNotFoundException").get("Policy")
        url = place.absent(lambda: client.get_function_url_config(FunctionName=name), "ResourceNotFoundException")
        yield place.node(
            "aws_lambda_function",
            {
                "id": name,
                "name": name,
                "tags": client.list_tags(Resource=f["FunctionArn"])["Tags"],
                "mtime": moment(f["LastModified"]),
                "arn": f["FunctionArn"],
                "memory_size": f["MemorySize"],
                "function_policy": json.loads(policy) if policy else None,
                "function_url_config": pick(url, "FunctionUrl FunctionArn AuthType Cors CreationTime LastModifiedTime"),
                "function_dead_letter_config": one(f, "DeadLetterConfig.TargetArn"),
                "function_tracing_config": one(f, "TracingConfig.Mode"),
                "function_ephemeral_storage": one(f, "EphemeralStorage.Size"),
                "function_kms_key_arn": f.get("KMSKeyArn"),
                "function_version_count": len(client.list_versions_by_function(FunctionName=name)["Versions"]),
                "function_versions_code_size": sum(
                    version["CodeSize"] for version in client.list_versions_by_function(FunctionName=name)["Versions"]
                ),
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


def queues(place):
    client = place.client("sqs")
    # boto3 has no list where there are no queues.
    for page in client.get_paginator("list_queues").paginate():
        for url in page.get("QueueUrls", []):
            a = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            name = url.rsplit("/", 1)[1]
            count = {attribute: int(value) for attribute, value in a.items() if value.isdigit()}
            redrive = json.loads(a["RedrivePolicy"]) if "RedrivePolicy" in a else None
            allow = json.loads(a["RedriveAllowPolicy"]) if "RedriveAllowPolicy" in a else {}
            numbers = (
                "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesDelayed "
                "KmsDataKeyReusePeriodSeconds VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds "
                "ReceiveMessageWaitTimeSeconds"
            )
            yield place.node(
                "aws_sqs_queue",
                {
                    "id": name,
                    "name": name,
                    "tags": client.list_queue_tags(QueueUrl=url).get("Tags", {}),
                    "ctime": datetime.datetime.fromtimestamp(float(a["CreatedTimestamp"]), datetime.UTC),
                    "mtime": datetime.datetime.fromtimestamp(float(a["LastModifiedTimestamp"]), datetime.UTC),
                    "arn": a["QueueArn"],
                    "queue_type": "fifo" if a.get("FifoQueue") == "true" else "standard",
                    "approximate_message_count": count.get("ApproximateNumberOfMessages"),
                    "message_retention_period_days": round(count.get("MessageRetentionPeriod") / 86400),
                    "sqs_queue_url": url,
                    "sqs_policy": json.loads(a["Policy"]) if "Policy" in a else None,
                    "sqs_redrive_policy": snaked(redrive),
                    "sqs_redrive_allow_policy": allow.get("redrivePermission"),
                    "sqs_fifo_queue": a.get("FifoQueue") == "true",
                    "sqs_content_based_deduplication": a.get("ContentBasedDeduplication") == "true",
                    "sqs_managed_sse_enabled": a.get("SqsManagedSseEnabled") == "true",
                    **plain(a, "KmsMasterKeyId DeduplicationScope FifoThroughputLimit", "sqs_"),
                    **{"sqs_" + snake(attribute): count.get(attribute) for attribute in numbers.split()},
                },
                uses=towards("aws_sqs_queue", (redrive or {}).get("deadLetterTargetArn"), by="arn"),
            )


def stacks(place):
    for s in place.items("cloudformation", "describe_stacks", "Stacks"):
        parameters = s.get("Parameters")
        yield place.node(
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


def alarms(place):
    watched = {
        "InstanceId": ("aws_ec2_instance", "id"),
        "VolumeId": ("aws_ec2_volume", "id"),
        "AutoScalingGroupName": ("aws_autoscaling_group", "name"),
        "LoadBalancerName": ("aws_elb", "name"),
        "QueueName": ("aws_sqs_queue", "name"),
    }
    for a in place.items("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]):
        tags = place.client("cloudwatch").list_tags_for_resource(ResourceARN=a["AlarmArn"])["Tags"]
        dimensions = [(*watched[d["Name"]], d["Value"]) for d in a["Dimensions"] if d["Name"] in watched]
        yield place.node(
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


def kubernetes(place):
    for name in place.items("eks", "list_clusters", "clusters"):
        c = place.client("eks").describe_cluster(name=name)["cluster"]
        issuer = one(c, "identity.oidc.issuer")
        encryption = [
            {"resources": part.get("resources", []), "provider": one(part, "provider.keyArn")}
            for part in c.get("encryptionConfig", [])
        ]
        config = c["resourcesVpcConfig"]
        yield place.node(
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
