"""Access to moto as an AWS cloud of two accounts, through boto3."""

import functools

import boto3
from botocore.config import Config

HOME = "123456789012"
OTHER = "222222222222"
ACCOUNTS = (HOME, OTHER)
REGIONS = ("us-east-1", "eu-west-1")
ROLE = "inventory-reader"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGIONS[0]}
# No call may wander off to a metadata service or to somebody's real credentials.
ENVIRONMENT = {
    **CREDENTIALS,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


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
        options = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return self.session(account).client(service, region_name=region, endpoint_url=self.url, config=options)

    def items(self, service, operation, path, account=HOME, region=REGIONS[0], **params):
        """All items of a listing; `path` names the list in the answer."""
        client = self.client(service, account, region)
        if not client.can_paginate(operation):
            return getattr(client, operation)(**params)[path]
        return [item for page in client.get_paginator(operation).paginate(**params) for item in page[path]]


def provider(url, **settings):
    """cloudgauge's settings for both accounts."""
    accounts = [{"id": HOME}, {"id": OTHER, "name": 'The other <account> & "co"', "role": ROLE}]
    return {"enabled": True, "endpoint_url": url, "regions": list(REGIONS), "accounts": accounts, **settings}
