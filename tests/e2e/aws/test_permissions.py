"""What is collected by default, what that takes, and what happens where a permission is missing.

moto enforces IAM's policies here, so the policies that cloudgauge prints are tried out for real.
"""

import json
import subprocess
import urllib.request

import pytest
from conftest import BINARY, serving, wait_for

from cloud import ENVIRONMENT, HOME, UNSERVED, Cloud
from running import ON_REQUEST, moto, run, samples, values

REGION = "eu-west-1"
# Of several protocols, with kinds below others and details of single items.
KINDS = ["aws_ec2_instance", "aws_ec2_volume", "aws_vpc", "aws_ecs_service", "aws_s3_bucket", "aws_sqs_queue"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("permissions")


@pytest.fixture(scope="module")
def cloud(directory):
    with moto(directory) as url:
        cloud = Cloud(url)
        cloud.client("s3", HOME, REGION).create_bucket(
            Bucket="photos", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        cloud.client("sqs", HOME, REGION).create_queue(QueueName="orders")
        cloud.client("ec2", HOME, REGION).create_volume(AvailabilityZone=f"{REGION}a", Size=1)
        ecs = cloud.client("ecs", HOME, REGION)
        ecs.create_cluster(clusterName="web")
        yield cloud


class Reader:
    """A user whose policies IAM enforces."""

    enforced = False

    def __init__(self, cloud, name):
        self.cloud, self.name = cloud, name
        self.iam = cloud.client("iam")
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        self.environment = {
            **ENVIRONMENT,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def allow(self, policies):
        """Replaces what it may do; we are nobody that moto knows, so it must look away meanwhile."""
        self.enforce(False)
        for number, policy in enumerate(policies):
            self.iam.put_user_policy(
                UserName=self.name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy)
            )
        self.enforce(self.enforced)

    def enforce(self, on):
        """Whether moto goes by policies from now on."""
        url, headers = f"{self.cloud.url}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        request = urllib.request.Request(url, data=b"0" if on else b"inf", headers=headers)
        urllib.request.urlopen(request, timeout=30).close()

    def __enter__(self):
        self.enforced = True
        self.enforce(True)
        return self

    def __exit__(self, *_):
        self.enforced = False
        self.enforce(False)


def settings(cloud, kinds=KINDS, **aws):
    aws = {"enabled": True, "endpoint_url": cloud.url, "regions": [REGION], "collect": kinds, **aws}
    return {"providers": {"aws": aws}, "workflows": ON_REQUEST}


def cloudgauge(directory, config, *arguments, env=ENVIRONMENT, code=0):
    file = directory / "command.yaml"
    file.write_text(json.dumps(config))
    command = [BINARY, f"--config.file={file}", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    assert answer.returncode == code, answer.stdout + answer.stderr
    return answer


def policies(directory, config, *arguments):
    """The policies that the command prints, as IAM takes them, one after the other."""
    text, found = cloudgauge(directory, config, "permissions", "aws", *arguments).stdout, []
    while text.strip():
        policy, end = json.JSONDecoder().raw_decode(text.lstrip())
        found.append(policy)
        text = text.lstrip()[end:]
    return found


def without(policies, action):
    """The same policies, but for one action."""
    changed = json.loads(json.dumps(policies))
    for policy in changed:
        for statement in policy["Statement"]:
            statement["Action"] = [other for other in statement["Action"] if other != action]
    assert changed != policies
    return changed


def missing(found):
    return set(values(found, "cloudgauge_permission_missing", "action", account=HOME))


@pytest.mark.parametrize("form", [[], ["--wildcards"]])
def test_the_printed_policy_is_enough(directory, cloud, form):
    config = settings(cloud)
    reader = Reader(cloud, f"enough-{len(form)}")
    reader.allow(policies(directory, config, *form))
    with reader, serving(directory, config, reader.environment, ready=False) as server:
        found, log, answer = run(server, "collect")
        up = values(found, "cloudgauge_scope_up", "kind")
        assert up == dict.fromkeys(KINDS, 1), log + answer.stderr
        assert not missing(found)
        assert len(server.search("is(bucket) or is(aws_sqs_queue)")) == 2


def test_the_printed_policy_is_no_more_than_enough(directory, cloud):
    """Without any one of its actions something is missing, and the metric says which."""
    config = settings(cloud, ["aws_ec2_volume", "aws_sqs_queue", "aws_ecs_service"])
    allowed = policies(directory, config)
    reader = Reader(cloud, "no-more")
    actions = [action for policy in allowed for statement in policy["Statement"] for action in statement["Action"]]
    for action in actions:
        reader.allow(without(allowed, action))
        with reader, serving(directory, config, reader.environment, ready=False) as server:
            found, log, _ = run(server, "collect")
            # No cluster has a service that could be described.
            if action != "ecs:DescribeServices":
                assert missing(found) == {action}, log


def test_a_permission_that_is_missing_is_found_at_start_and_heals(directory, cloud):
    config = settings(cloud)
    allowed = policies(directory, config)
    allowed[0]["Statement"][0]["Action"].append("iam:SimulatePrincipalPolicy")
    reader = Reader(cloud, "simulated")
    reader.allow(without(allowed, "ec2:DescribeVpcs"))
    with reader, serving(directory, config, reader.environment, ready=False) as server:
        # Nothing was collected yet.
        wait_for("the probe", 90, lambda: missing(samples(server.scrape())) == {"ec2:DescribeVpcs"})
        assert "permissions are missing" in server.text()
        found, _, _ = run(server, "collect")
        assert missing(found) == {"ec2:DescribeVpcs"}
        assert values(found, "cloudgauge_scope_up", "kind")["aws_vpc"] == 0
        reader.allow(allowed)
        found, _, _ = run(server, "collect")
        assert not missing(found)
        assert values(found, "cloudgauge_scope_up", "kind")["aws_vpc"] == 1


@pytest.mark.parametrize("simulated", [True, False])
def test_the_probe_of_the_command_line_says_what_is_missing(directory, cloud, simulated):
    config = settings(cloud)
    allowed = without(policies(directory, config), "sqs:GetQueueAttributes")
    if simulated:
        allowed[0]["Statement"][0]["Action"].append("iam:SimulatePrincipalPolicy")
    reader = Reader(cloud, f"probed-{simulated}")
    reader.allow(allowed)
    probe = ("permissions", "aws", "--probe")
    with reader:
        answer = cloudgauge(directory, config, *probe, env=reader.environment, code=4)
        rows = json.loads(cloudgauge(directory, config, *probe, "-o", "json", env=reader.environment, code=4).stdout)
    [row] = rows
    assert (row["account"], row["action"], row["kinds"]) == (HOME, "sqs:GetQueueAttributes", ["aws_sqs_queue"])
    assert row["regions"] == ([] if simulated else [REGION])
    assert "sqs:GetQueueAttributes" in answer.stdout and "expected_denials" in answer.stderr
    assert ("IAM does not say" in answer.stderr) != simulated


def test_a_denial_that_is_expected_is_quiet_and_not_empty(directory, cloud):
    denials = [{"account": HOME, "kind": "aws_vp*"}]
    config = settings(cloud)
    quiet = settings(cloud, expected_denials=denials)
    allowed = policies(directory, config)
    reader = Reader(cloud, "expected")
    reader.allow(allowed)
    with reader, serving(directory, {**quiet, "log": {"level": "warn"}}, reader.environment, ready=False) as server:
        run(server, "collect")
        vpcs = len(server.search("is(aws_vpc)"))
        assert vpcs == 1
        reader.allow(without(allowed, "ec2:DescribeVpcs"))
        found, log, answer = run(server, "collect")
        assert answer.returncode == 0, "a run in which nothing unexpected failed is a good one"
        assert "aws_vpc" not in values(found, "cloudgauge_scope_up", "kind")
        assert values(found, "cloudgauge_scope_expected_denials", "kind") == {"aws_vpc": 1}
        assert values(found, "cloudgauge_scope_errors_total", "kind", "class") == {("aws_vpc", "expected_denial"): 1}
        assert not missing(found)
        assert "DescribeVpcs" not in server.text() and "aws_vpc" not in log
        # What it was is still there: denied is never empty.
        assert len(server.search("is(aws_vpc)")) == vpcs

    with reader:
        loud = cloudgauge(directory, config, "collect", env=reader.environment, code=4)
        assert "aws_vpc" in loud.stdout
        answer = cloudgauge(directory, quiet, "collect", env=reader.environment)
        assert "denied as expected" in answer.stdout and "FAILED" not in answer.stdout.split("\n", 1)[1]


def test_only_what_is_needed_is_collected_and_a_reload_changes_that(directory, cloud):
    config = settings(cloud, [], no_collect=UNSERVED)
    config["metrics"] = {"definitions": {"snapshots": {"enabled": False}, "snapshot_volume_bytes": {"enabled": False}}}
    needed = json.loads(cloudgauge(directory, config, "kinds", "--needed", "-o", "json").stdout)
    collected = {row["kind"] for row in needed if row["collected"]}
    assert {"aws_ec2_instance", "aws_s3_bucket"} <= collected and len(collected) < 110
    assert "aws_sagemaker_model" not in collected and "aws_ec2_snapshot" not in collected
    for row in needed:
        reasons = row["metrics"] + row["rules"] + row["on_the_way_for"] + row["may_depend_on"]
        assert reasons, row

    with serving(directory, config, ENVIRONMENT, ready=False) as server:
        found, _, _ = run(server, "collect")
        assert set(values(found, "cloudgauge_scope_up", "kind")) == collected
        nothing = subprocess.run(
            [BINARY, "search", "is(aws_sagemaker_model)", "--server", server.url], capture_output=True, text=True
        )
        assert "`aws_sagemaker_model` is not collected" in nothing.stderr

        changed = json.loads(json.dumps(config))
        changed["metrics"]["definitions"] = {
            "buckets": {"enabled": False},
            "models": {"help": "Models", "search": "aggregate(account as account: sum(1) as models): is(aws_sagemaker_model)"},
        }
        server.reconfigure(changed)
        assert "other kinds are needed" in server.text()
        found, log, _ = run(server, "collect")
        now = set(values(found, "cloudgauge_scope_up", "kind"))
        assert {"aws_sagemaker_model", "aws_ec2_snapshot"} <= now
        # It left without a trace of failure.
        assert not values(found, "cloudgauge_scope_resources", "account", kind="aws_s3_bucket")
        assert "aws_s3_bucket" not in log and "aws_s3_bucket" not in now


def test_cleanup_needs_what_may_depend_on_what_it_deletes(directory, cloud):
    rule = {"enabled": True, "search": "is(aws_ec2_subnet)", "reason": "It is a subnet."}
    config = settings(cloud, [])
    config["metrics"] = {"builtin": False}

    def needed(**cleanup):
        config["cleanup"] = cleanup
        rows = json.loads(cloudgauge(directory, config, "kinds", "--needed", "-o", "json").stdout)
        return {row["kind"]: row["rules"] + row["may_depend_on"] for row in rows}

    assert needed() == {}
    assert needed(rules={"subnets": rule}) == {"aws_ec2_subnet": ["subnets"]}
    with_cleanup = needed(enabled=True, rules={"subnets": rule})
    assert with_cleanup["aws_ec2_instance"] == ["aws_ec2_subnet"] and len(with_cleanup) > 5
    [read, cleanup] = policies(directory, config, "--cleanup")
    assert cleanup["Statement"][0]["Action"] == ["ec2:DeleteSubnet"]
    assert "ec2:DescribeSubnets" in read["Statement"][0]["Action"]


def test_a_search_collects_what_it_needs(directory, cloud):
    answer = cloudgauge(directory, settings(cloud, []), "search", "--collect", "is(aws_sqs_queue)", "--columns=name")
    assert answer.stdout.split() == ["NAME", "orders"]
    assert "1 of 1" in answer.stderr or "aws_" not in answer.stderr, answer.stderr


def test_an_estimate_is_near_what_a_run_takes(directory, cloud):
    stored = directory / "stored"
    config = {**settings(cloud), "storage": {"path": str(stored)}}
    guess = json.loads(cloudgauge(directory, config, "estimate", "-o", "json", "--items=0").stdout)
    assert (guess["accounts"], guess["regions"], guess["kinds"]) == (1, 1, len(KINDS))
    with serving(directory, config, ENVIRONMENT, ready=False) as server:
        found, _, _ = run(server, "collect")
        wait_for("the file", 30, lambda: any(stored.rglob("*")))
        server.stop()
    calls = values(found, "cloudgauge_api_requests_total", "service", "operation")
    waits = values(found, "cloudgauge_api_wait_seconds_total", "service", "operation")
    assert set(waits) == set(calls)
    # The probe at start is not part of a run.
    calls.pop(("iam", "SimulatePrincipalPolicy"), None)
    total = sum(calls.values())
    for online in ([], ["--online"]):
        estimate = json.loads(cloudgauge(directory, config, "estimate", "-o", "json", *online).stdout)
        assert 0.5 * estimate["calls"] <= total <= 1.5 * estimate["calls"] + 5, (estimate, calls)
    dollars = values(found, "cloudgauge_api_cost_dollars_total", "service", "operation")
    assert sum(dollars.values()) == pytest.approx(estimate["dollars"], rel=0.5)
    assert set(service for service, _ in dollars) == {"s3", "sqs"}
    assert "list prices" in " ".join(estimate["assumptions"])
