"""moto's server, with what it leaves out of answers put back, as AWS has it.

usage: moto_server.py PORT
"""

import sys
import uuid

from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.iam.models import ManagedPolicy
from moto.s3.responses import S3Response
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


Table.describe = describe
S3Response.all_buckets = all_buckets

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
