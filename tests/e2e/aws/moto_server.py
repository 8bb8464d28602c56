"""moto's server, with what it leaves out of answers put back, as AWS has it, and what it lacks made up.

usage: moto_server.py PORT
"""

import functools
import sys
import urllib.parse
import uuid

import botocore.session
from botocore import xform_name
from moto.athena.models import AthenaBackend
from moto.backup import urls as backup
from moto.bedrock.models import BedrockBackend
from moto.cloudformation.models import StackInstance
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.ecs.models import EC2ContainerServiceBackend
from moto.elasticbeanstalk.models import EBBackend, Environment
from moto.elasticbeanstalk.responses import EBResponse
from moto.glacier import urls as glacier
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import ManagedPolicy
from moto.iam.responses import IamResponse
from moto.kinesis.responses import KinesisResponse
from moto.moto_api import state_manager
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.responses import ACTION_MAP, S3Response
from moto.sagemaker.responses import SageMakerResponse
from moto.server import main
from moto.sns.models import Topic
from moto.wafv2.responses import WAFV2Response

from stand_in import StandIn

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


def get_snapshot(self, snapshot_id, as_moto=EC2Backend.get_snapshot):
    """A snapshot can be used by the accounts that it is shared with."""
    for account in ec2_backends.values():
        shared = account[self.region_name].snapshots.get(snapshot_id)
        if shared and self.account_id in shared.create_volume_permission_userids:
            return shared
    return as_moto(self, snapshot_id)


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


def no_policy(self):
    """What nobody can give a policy has none."""
    error = JsonRESTError("ResourceNotFoundException", "There is no access policy")
    error.code = 404
    raise error


def no_tags(self):
    """Archives cannot have tags."""
    return self.serialized(ActionResult({"Tags": {}}))


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


def auto_ml_job(self):
    """Only the second version of the call is there; it says what the first does under the same names."""
    found = self.sagemaker_backend.describe_auto_ml_job_v2(auto_ml_job_name=self._get_param("AutoMLJobName"))
    return self.serialized(ActionResult(found))


def job_of_bedrock(self, job_identifier, as_moto=BedrockBackend.get_model_customization_job):
    """Jobs are found by their names alone, and not by ARN."""
    return as_moto(self, urllib.parse.unquote(job_identifier).rsplit("/", 1)[-1])


def tags_of_beanstalk(self, resource_arn, as_moto=EBBackend.list_tags_for_resource):
    """Applications cannot have tags."""
    application = any(application.arn == resource_arn for application in self.applications.values())
    return {} if application else as_moto(self, resource_arn)


def resources_of_environment(self):
    """Environments of Elastic Beanstalk are made of nothing."""
    lists = ("AutoScalingGroups", "Instances", "LaunchConfigurations", "LaunchTemplates", "LoadBalancers", "Queues")
    found = {"EnvironmentName": self._get_param("EnvironmentName"), **{name: [] for name in lists}}
    return self.serialized(ActionResult({"EnvironmentResources": found}))


def upload_server_certificate(self, as_moto=IamResponse.upload_server_certificate):
    """The tags that a certificate is given are forgotten, and cannot be asked for."""
    answer = as_moto(self)
    certificate = self.backend.get_server_certificate(self._get_param("ServerCertificateName"))
    certificate.tags_given = self._get_param("Tags", [])
    return answer


def tags_of_server_certificate(self):
    certificate = self.backend.get_server_certificate(self._get_param("ServerCertificateName"))
    return self.serialized(ActionResult({"Tags": certificate.tags_given, "IsTruncated": False}))


def capacity_providers(self, names, as_moto=EC2ContainerServiceBackend.describe_capacity_providers):
    """Only those that are named are told of."""
    return as_moto(self, names or list(self.capacity_providers))


def steady(method, key):
    """What is made up for each answer stays what it was in the first one."""

    @functools.wraps(method)
    def described(self, *arguments):
        answer = method(self, *arguments)
        for part in answer if isinstance(answer, list) else filter(None, [answer]):
            kept = self.__dict__.setdefault("kept", {})
            part[key] = kept.setdefault(part.get("Name"), part[key])
        return answer

    return described


def serve(urls, path, operation, method):
    """An operation of a REST service that moto does not have."""
    response = next(iter(urls.url_paths.values())).__self__
    setattr(response, operation, method)
    urls.url_paths["{0}" + path + "$"] = response.dispatch


Table.describe = describe
NatGateway.__init__ = make
EC2Backend.delete_nat_gateway = delete_nat_gateway
EC2Backend.get_snapshot = get_snapshot
S3Response.all_buckets = all_buckets
KinesisResponse.list_tags_for_resource = tags_of_stream
BedrockBackend.get_model_customization_job = job_of_bedrock
EBBackend.list_tags_for_resource = tags_of_beanstalk
EC2ContainerServiceBackend.describe_capacity_providers = capacity_providers
# Environments have no id.
Environment.environment_id = property(lambda self: f"e-{self.environment_name}", lambda self, value: None)
EBResponse.describe_environment_resources = resources_of_environment
IamResponse.upload_server_certificate = upload_server_certificate
IamResponse.list_server_certificate_tags = tags_of_server_certificate
AthenaBackend.list_work_groups = steady(AthenaBackend.list_work_groups, "CreationTime")
AthenaBackend.get_work_group = steady(AthenaBackend.get_work_group, "CreationTime")
StackInstance.to_dict = steady(StackInstance.to_dict, "StackId")
SageMakerResponse.describe_auto_ml_job = auto_ml_job
WAFV2Response.list_resources_for_web_acl = resources_of_web_acl
Topic.subscriptions_confimed = property(confirmed, lambda self, value: None)
vault = "/backup-vaults/(?P<name>[^/]+)"
serve(backup, vault + "/access-policy", "get_backup_vault_access_policy", no_policy)
archive = "/(?P<account_number>[^/]+)/vaults/(?P<vault_name>[^/]+)"
serve(glacier, archive + "/tags", "list_tags_for_vault", no_tags)
serve(glacier, archive + "/access-policy", "get_vault_access_policy", no_policy)
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

# Tasks stay as they were started, rather than move on each time somebody looks.
state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})

answered = DomainDispatcherApplication.__call__
stand_in = StandIn(None)


def dispatch(self, environ, start_response):
    stand_in.app = functools.partial(answered, self)
    return stand_in(environ, start_response)


DomainDispatcherApplication.__call__ = dispatch
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
