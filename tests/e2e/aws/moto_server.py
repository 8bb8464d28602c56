"""moto's server, with what it leaves out of answers put back, as AWS has it.

usage: moto_server.py PORT
"""

import sys
import uuid

from moto.dynamodb.models.table import Table
from moto.iam.models import ManagedPolicy
from moto.server import main

# GetAccountAuthorizationDetails describes policies without their id and name.
ManagedPolicy.policy_id = property(lambda self: self.id)
ManagedPolicy.policy_name = property(lambda self: self.name)


def describe(self, base_key="TableDescription", without_id=Table.describe):
    """Tables lack their id."""
    answer = without_id(self, base_key)
    answer[base_key]["TableId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, self.table_arn))
    return answer


Table.describe = describe

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
