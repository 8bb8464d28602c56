"""moto's server, with what it leaves out of answers put back, as AWS has it.

usage: moto_server.py PORT
"""

import functools
import sys
import uuid

import botocore.session
from botocore import xform_name
from moto.backup import urls as backup
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.glacier import urls as glacier
from moto.guardduty import urls as guardduty
from moto.iam.models import ManagedPolicy
from moto.kinesis.responses import KinesisResponse
from moto.s3.responses import S3Response
from moto.server import main
from moto.sns.models import Topic
from moto.wafv2.responses import WAFV2Response

# GetAccountAuthorizationDetails describes policies without their id and name.
ManagedPolicy.policy_id = property(lambda self: self.id)
ManagedPolicy.policy_name = property(lambda self: self.name)


def describe(self, base_key="TableDescription", without_id=Table.describe):
    """Tables lack their id."""
    answer = without_id(self, base_key)
    answer[base_key]["TableId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, self.table_arn))
    return answer


def all_buckets(self):
    """A page of buckets comes without the token of the next."""
    size = int(self._get_param("max-buckets") or 10_000)
    after = self._get_param("continuation-token") or ""
    buckets = sorted(self.backend.list_buckets(None, None, None), key=lambda bucket: bucket.name)
    rest = [bucket for bucket in buckets if bucket.name > after]
    page = [{"Name": bucket.name, "CreationDate": bucket.creation_date_ISO8601} for bucket in rest[:size]]
    answer = {"Owner": {"ID": "bcaf1ffd86f41161ca5fb16fd081034f", "DisplayName": "webfile"}, "Buckets": page}
    if len(rest) > size:
        answer["ContinuationToken"] = page[-1]["Name"]
    return self.serialized(ActionResult(answer))


def make(self, *arguments, as_moto=NatGateway.__init__, **options):
    """The interface of a NAT gateway looks like anybody's."""
    as_moto(self, *arguments, **options)
    self._eni.requester_managed = True


def delete_nat_gateway(self, nat_gateway_id, as_moto=EC2Backend.delete_nat_gateway):
    """And it stays when the gateway goes, with its address."""
    gateway = as_moto(self, nat_gateway_id)
    for address in self.describe_addresses():
        if address.eni is gateway._eni:
            self.disassociate_address(association_id=address.association_id)
    self.delete_network_interface(gateway._eni.id)
    return gateway


def in_pages(method, key):
    """Most listings of EC2 come whole, whatever size of page is asked for."""

    @functools.wraps(method)
    def page(self):
        answer = method(self)
        size, start = self._get_int_param("MaxResults"), self._get_param("NextToken") or "0"
        result = answer.result if isinstance(answer, ActionResult) else {}
        # A token of moto's own says that it has made pages.
        if size and start.isdigit() and key in result and not result.get("NextToken"):
            start, items = int(start), list(result[key])
            result[key] = items[start : start + size]
            if len(items) > start + size:
                result["NextToken"] = str(start + size)
        return answer

    return page


def no_policy(self):
    """What nobody can give a policy has none."""
    error = JsonRESTError("ResourceNotFoundException", "There is no access policy")
    error.code = 404
    raise error


def empty(key, value=()):
    """What nothing can be put into has nothing in it."""
    return lambda self: self.serialized(ActionResult({key: type(value)()}))


def tags_of_stream(self):
    """The call that boto3 deprecates is there, and the one in its place is not."""
    found = self.kinesis_backend.list_tags_for_stream(self._get_param("ResourceARN"), None)
    return self.serialized(ActionResult({"Tags": found["Tags"]}))


def resources_of_web_acl(self):
    """Resources know their firewall, and firewalls do not tell of their resources."""
    arn, sort = self._get_param("WebACLArn"), self._get_param("ResourceType") or "APPLICATION_LOAD_BALANCER"
    service = {"APPLICATION_LOAD_BALANCER": "elasticloadbalancing", "API_GATEWAY": "apigateway"}.get(sort)
    found = [acl.associated_resources for acl in self.wafv2_backend.wacls.values() if acl.arn == arn]
    arns = [resource for resources in found for resource in resources if resource.split(":")[2] == service]
    return self.serialized(ActionResult({"ResourceArns": arns}))


def confirmed(self):
    """Topics do not count their subscriptions."""
    backend = self.sns_backend
    return sum(subscription.topic is self for subscription in backend.subscriptions.values())


def serve(urls, path, operation, method):
    """An operation of a REST service that moto does not have."""
    response = next(iter(urls.url_paths.values())).__self__
    setattr(response, operation, method)
    urls.url_paths["{0}" + path + "$"] = response.dispatch


Table.describe = describe
NatGateway.__init__ = make
EC2Backend.delete_nat_gateway = delete_nat_gateway
S3Response.all_buckets = all_buckets
KinesisResponse.list_tags_for_resource = tags_of_stream
WAFV2Response.list_resources_for_web_acl = resources_of_web_acl
Topic.subscriptions_confimed = property(confirmed, lambda self, value: None)
vault = "/backup-vaults/(?P<name>[^/]+)"
serve(backup, vault + "/access-policy", "get_backup_vault_access_policy", no_policy)
serve(backup, vault + "/recovery-points/", "list_recovery_points_by_backup_vault", empty("RecoveryPoints"))
archive = "/(?P<account_number>[^/]+)/vaults/(?P<vault_name>[^/]+)"
serve(glacier, archive + "/tags", "list_tags_for_vault", empty("Tags", {}))
serve(glacier, archive + "/access-policy", "get_vault_access_policy", no_policy)
serve(guardduty, "/detector/(?P<detector_id>[^/]+)/findings", "list_findings", empty("FindingIds"))
paginators = botocore.session.get_session().get_paginator_model("ec2")
for operation in (
    "Volumes",
    "Vpcs",
    "Subnets",
    "SecurityGroups",
    "NetworkInterfaces",
    "RouteTables",
    "NetworkAcls",
    "InternetGateways",
    "NatGateways",
    "Snapshots",
    "Images",
    "VpcPeeringConnections",
    "VpcEndpoints",
):
    name, key = xform_name(f"Describe{operation}"), paginators.get_paginator(f"Describe{operation}")["result_key"]
    setattr(EC2Response, name, in_pages(getattr(EC2Response, name), key))

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
