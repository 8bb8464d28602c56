#!/usr/bin/env python3
"""Write tests/fixtures/aws/<kind>.json: for each kind one item with every member that AWS's models know.

An item is what the listing yields once all details are beside it. Values are made up from the models: an enum's value,
a text that names its member, a fixed time. What models do not say (JSON in texts, attributes in maps, states that are
plain text) is in SAID below. Needs botocore and PyYAML.
"""

import json
import re

from check_catalogue import ANYTHING, ROOT, Checker, entries

FOLDER = ROOT / "tests/fixtures/aws"
TIME = "2026-01-02T03:04:05Z"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [
        "arn:aws:iam::210987654321:root", "arn:aws:iam::210987654321:role/ci", "AROAEXAMPLE", "*",
    ]}},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::210987654321:user/ada"}},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
    {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "321098765432"}},
]}
# How deep members are filled; what is deeper is left out.
DEPTH = 7

# Values that models leave open, by kind and path.
SAID = {
    "aws_ec2_instance": {"State.Name": "running", "CpuOptions.CoreCount": 2, "CpuOptions.ThreadsPerCore": 2},
    "aws_ec2_volume": {"State": "in-use"},
    "aws_ec2_network_acl": {"IsDefault": False},
    "aws_ec2_network_interface": {"RequesterManaged": False},
    "aws_vpc": {"IsDefault": False},
    "aws_ec2_route_table": {"Associations": [{"Main": False, "RouteTableAssociationId": "rtbassoc-1", "SubnetId": "subnet-1"}]},
    "aws_ec2_image": {"CreationDate": "2026-01-02T03:04:05.000Z"},
    "aws_ec2_transit_gateway_attachment": {"ResourceType": "vpc", "State": "available"},
    "aws_ram_resource_share": {
        "resourceShareArn": "arn:aws:ram:eu-west-1:123456789012:resource-share/7ab63972-b505-7e2a-420d-6f5d3EXAMPLE",
        "_principals": [{"associatedEntity": "210987654321"}, {"associatedEntity": "arn:aws:organizations::1:ou/o-1/ou-1"}],
    },
    "aws_route53_resource_record_set": {
        "Name": "www.example.com.", "Type": "A", "AliasTarget.DNSName": "dualstack.Shop-1.eu-west-1.elb.amazonaws.com.",
    },
    "aws_rds_instance": {"DBInstanceStatus": "available"},
    "aws_rds_cluster": {"Status": "available"},
    "aws_iam_role": {"Path": "/team/", "AssumeRolePolicyDocument": TRUST},
    "aws_iam_policy": {"Arn": "arn:aws:iam::123456789012:policy/team/read", "PolicyVersionList": [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": json.loads(POLICY)},
    ]},
    "aws_lambda_function": {"LastModified": "2026-01-02T03:04:05.000+0000"},
    "aws_s3_bucket": {"BucketRegion": "eu-central-1"},
    "aws_s3_account_settings": {"_": "settings"},
    "aws_apigateway_rest_api": {"policy": POLICY},
    "aws_opensearch_domain": {"AccessPolicies": POLICY},
    "aws_glacier_vault": {"CreationDate": TIME},
    "aws_glacier_job": {"CreationDate": TIME},
    "aws_guard_duty_detector": {"_detector.CreatedAt": TIME, "_detector.UpdatedAt": TIME},
    "aws_guard_duty_finding": {"CreatedAt": TIME, "UpdatedAt": TIME},
    "aws_cloudwatch_log_group": {"creationTime": 1767323045000},
    "aws_cloudwatch_metric_filter": {"creationTime": 1767323045000},
    "aws_iam_quota": {"_": "Roles", "_usage": 12, "_quota": 1000},
    "aws_service_quota": {"_counted": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]},
    "aws_root_user": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0},
    "aws_sns_topic": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:news", "_attributes": {
        "SubscriptionsConfirmed": "3", "SubscriptionsDeleted": "1", "SubscriptionsPending": "0", "Policy": POLICY,
        "DisplayName": "", "KmsMasterKeyId": "alias/aws/sns", "FifoTopic": "false", "Owner": "123456789012",
    }},
    "aws_sns_subscription": {"SubscriptionArn": "arn:aws:sns:eu-west-1:123456789012:news:1", "Protocol": "sqs", "_attributes": {
        "ConfirmationWasAuthenticated": "true", "PendingConfirmation": "false", "RawMessageDelivery": "false",
        "Owner": "123456789012", "FilterPolicy": "{}",
    }},
    "aws_sns_platform_application": {
        "PlatformApplicationArn": "arn:aws:sns:eu-west-1:123456789012:app/APNS/shop",
        "Attributes": {"ApplePlatformTeamID": "T1", "EventEndpointCreated": "arn:aws:sns:eu-west-1:123456789012:news"},
    },
    "aws_sns_endpoint": {
        "EndpointArn": "arn:aws:sns:eu-west-1:123456789012:endpoint/APNS/shop/1",
        "Attributes": {"Enabled": "true", "Token": "left out"},
    },
    "aws_ecs_service": {"serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"},
    "aws_sagemaker_app": {"AppArn": "arn:aws:sagemaker:eu-west-1:123456789012:app/d-1/ada/jupyterserver/default"},
    "aws_organizational_unit": {"_parent.Id": "r-1"},
    "aws_savings_plan": {
        "start": TIME, "end": TIME, "commitment": "0.5", "upfrontPaymentAmount": "0", "recurringPaymentAmount": "0.5",
    },
    "aws_kms_key": {"KeyManager": "CUSTOMER"},
    "aws_sqs_queue": {
        "_": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo", "_tags": {"owner": "ada"},
        "QueueArn": "arn:aws:sqs:eu-west-1:123456789012:jobs.fifo", "CreatedTimestamp": "1767323045",
        "LastModifiedTimestamp": "1767323046", "ApproximateNumberOfMessages": "7",
        "ApproximateNumberOfMessagesNotVisible": "2", "ApproximateNumberOfMessagesDelayed": "1",
        "MessageRetentionPeriod": "345600", "VisibilityTimeout": "30", "MaximumMessageSize": "262144",
        "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "20", "KmsMasterKeyId": "alias/aws/sqs",
        "KmsDataKeyReusePeriodSeconds": "300", "FifoQueue": "true", "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue", "SqsManagedSseEnabled": "true",
        "Policy": POLICY, "RedriveAllowPolicy": "{\"redrivePermission\":\"allowAll\"}",
        "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:123456789012:dead.fifo\",\"maxReceiveCount\":3}",
    },
}
TAGS = [{"Key": "Name", "Value": "the name"}, {"Key": "owner", "Value": "ada"}]


def main():
    checker = Checker(entries())
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind, entry in checker.kinds.items():
        if "list" not in entry:
            continue
        item = value(checker.item(kind), "", DEPTH)
        for path, said in SAID.get(kind, {}).items():
            place = item
            *above, last = path.split(".")
            for name in above:
                place = place[name]
            place[last] = said
        (FOLDER / f"{kind}.json").write_text(json.dumps(item, indent=1, ensure_ascii=False) + "\n")


def value(shape, name, depth, above=()):
    # A shape within itself, such as a rule made of rules, is filled once.
    if shape is ANYTHING or (shape.type_name == "structure" and shape.name in above and shape.name != "item"):
        return None
    if name in ["_content", "_lifecycle", "_policy"] and shape.type_name == "string":
        return POLICY
    if name in ["_tags", "tags", "Tags"] and shape.type_name == "map":
        return {"owner": "ada"}
    if name in ["Tags", "TagSet", "TagList", "_tags", "tags"] and shape.type_name == "list":
        if "Key" not in shape.member.members:
            first, second = [name for name in shape.member.members if re.search("key|value", name.lower())][:2]
            return [{first: tag["Key"], second: tag["Value"]} for tag in TAGS]
        return TAGS
    if shape.type_name == "structure":
        if depth <= 0:
            return None
        above = (*above, shape.name)
        filled = {member: value(inner, member, depth - 1, above) for member, inner in shape.members.items()}
        return {member: inner for member, inner in filled.items() if inner not in (None, {}, [])}
    if shape.type_name == "list":
        inner = value(shape.member, name, depth - 1, above) if depth > 0 else None
        return [inner] if inner not in (None, {}, []) else []
    if depth <= 0:
        return None
    if shape.type_name == "map":
        return {"key": value(shape.value, name, depth - 1, above)}
    return scalar(shape, name)


def scalar(shape, name):
    if shape.type_name in ["integer", "long"]:
        return max(4, shape.metadata.get("min", 4))
    if shape.type_name in ["float", "double"]:
        return 0.5
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return TIME
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return "-".join(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)) or "text"


if __name__ == "__main__":
    main()
