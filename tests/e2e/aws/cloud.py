"""Access to moto as an AWS cloud of two accounts, through boto3."""

import functools
import urllib.parse

import boto3
from botocore.config import Config

HOME = "123456789012"
OTHER = "222222222222"
ACCOUNTS = (HOME, OTHER)
REGIONS = ("us-east-1", "eu-west-1")
ROLE = "inventory-reader"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGIONS[0]}
# The kinds that `expected` describes, field by field.
KINDS = [
    "aws_alb*", "aws_autoscaling_group", "aws_cloudformation_stack", "aws_cloudwatch_alarm", "aws_dynamodb_table",
    "aws_ec2_*", "aws_eks_cluster", "aws_elb", "aws_iam_*", "aws_lambda_function", "aws_rds_*", "aws_s3_bucket",
    "aws_sqs_queue", "aws_vpc*",
]
# And what of these patterns is looked at elsewhere.
OTHER_KINDS = [
    "aws_ec2_flow_log", "aws_ec2_host", "aws_ec2_launch_template", "aws_ec2_reserved_instances",
    "aws_ec2_transit_gateway*", "aws_ec2_volume_type",
    "aws_iam_quota", "aws_iam_server_certificate", "aws_rds_cluster_snapshot",
]
# What moto does not serve, or has no way to make; `stand_in` makes it up where somebody asks.
UNSERVED = [
    "aws_backup_copy_job", "aws_backup_framework", "aws_backup_job", "aws_backup_legal_hold",
    "aws_backup_protected_resource", "aws_backup_recovery_point", "aws_backup_restore_*", "aws_bedrock_agent_flow*", "aws_bedrock_agent_prompt",
    "aws_bedrock_evaluation_job", "aws_bedrock_foundation_model", "aws_bedrock_guardrail",
    "aws_bedrock_provisioned_model_throughput", "aws_cloudfront_cache_policy", "aws_cloudfront_field_*",
    "aws_cloudfront_realtime_log_config", "aws_cloudfront_response_headers_policy",
    "aws_cloudfront_streaming_distribution", "aws_dynamodb_global_table", "aws_ec2_reserved_instances",
    "aws_ecr_public_repository", "aws_guard_duty_finding", "aws_q_*", "aws_sagemaker_algorithm",
    "aws_sagemaker_app", "aws_sagemaker_artifact", "aws_sagemaker_code_repository", "aws_sagemaker_image",
    "aws_sagemaker_inference_*", "aws_sagemaker_labeling_job", "aws_sagemaker_project", "aws_sagemaker_user_profile",
    "aws_sagemaker_workteam", "aws_savings_plan", "aws_service_quota", "aws_ssm_instance",
    "aws_ssm_resource_compliance",
]
# No call may wander off to a metadata service or to somebody's real credentials.
ENVIRONMENT = {
    **CREDENTIALS,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


def at(request, url):
    request.url = url + urllib.parse.urlsplit(request.url).path


class Cloud:
    """The accounts behind one endpoint."""

    def __init__(self, url):
        self.url = url

    @functools.cache
    def session(self, account):
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account != HOME:
            sts = boto3.Session(**keys).client("sts", region_name=REGIONS[0], endpoint_url=self.url)
            role = f"arn:aws:iam::{account}:role/{ROLE}"
            given = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return boto3.Session(**keys)

    @functools.cache
    def client(self, service, account=HOME, region=REGIONS[0]):
        options = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False)
        client = self.session(account).client(service, region_name=region, endpoint_url=self.url, config=options)
        # Names of hosts that begin with an account are not known here.
        client.meta.events.register("before-sign.s3-control", lambda request, **_: at(request, self.url))
        return client

    def items(self, service, operation, path, account=HOME, region=REGIONS[0], **params):
        """All items of a listing; `path` names the list in the answer."""
        client = self.client(service, account, region)
        if not client.can_paginate(operation):
            return getattr(client, operation)(**params)[path]
        return [item for page in client.get_paginator(operation).paginate(**params) for item in page[path]]


def provider(url, **settings):
    """cloudgauge's settings for both accounts."""
    accounts = [{"id": HOME}, {"id": OTHER, "name": 'The other <account> & "co"', "role": ROLE}]
    kinds = {"collect": KINDS, "no_collect": OTHER_KINDS}
    return {"enabled": True, "endpoint_url": url, "regions": list(REGIONS), "accounts": accounts, **kinds, **settings}
