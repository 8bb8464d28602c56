"""moto's server, with what it leaves out of answers put back, as AWS has it.

usage: moto_server.py PORT
"""

import functools
import sys
import uuid

import botocore.session
from botocore import xform_name
from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import ManagedPolicy
from moto.iam.responses import IamResponse
from moto.s3.responses import ACTION_MAP, S3Response
from moto.server import main

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


def simulate_principal_policy(self):
    """IAM's word on what it would refuse, by the very policies that moto itself goes by."""
    name = self._get_param("PolicySourceArn").split("/")[-1]
    inline = [self.backend.get_user_policy(name, policy) for policy in self.backend.list_user_policies(name)]
    policies = [IAMPolicy(policy) for policy in inline + self.backend.list_attached_user_policies(name)[0]]

    def decision(action):
        results = [policy.is_action_permitted(action) for policy in policies]
        if PermissionResult.DENIED in results:
            return "explicitDeny"
        return "allowed" if PermissionResult.PERMITTED in results else "implicitDeny"

    actions = self._get_param("ActionNames") or self._get_multi_param("ActionNames.member")
    results = [{"EvalActionName": action, "EvalDecision": decision(action)} for action in actions]
    # In pages, as IAM has it.
    size, start = int(self._get_param("MaxItems") or 30), int(self._get_param("Marker") or 0)
    answer = {"EvaluationResults": results[start : start + size], "IsTruncated": len(results) > start + size}
    if answer["IsTruncated"]:
        answer["Marker"] = str(start + size)
    return ActionResult(answer)


# Takes these for listings of objects.
ACTION_MAP["BUCKET"]["GET"] |= {
    "encryption": "GetEncryptionConfiguration",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
}
IamResponse.simulate_principal_policy = simulate_principal_policy
Table.describe = describe
NatGateway.__init__ = make
EC2Backend.delete_nat_gateway = delete_nat_gateway
S3Response.all_buckets = all_buckets
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
