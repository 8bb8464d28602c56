"""Where is asked."""

from cloud import REGIONS

from .node import Node

GLOBAL = "global"


class Place:
    """A region of an account, or what the account has only once."""

    def __init__(self, cloud, account, region):
        self.cloud, self.account, self.region = cloud, account, region
        self.home = REGIONS[0] if region == GLOBAL else region

    def client(self, service):
        return self.cloud.client(service, self.account, self.home)

    def items(self, service, operation, path, **params):
        return self.cloud.items(service, operation, path, self.account, self.home, **params)

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
