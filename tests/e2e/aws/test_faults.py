"""Bad days: what happens when regions die, calls are denied, answers break off, and the process has to end."""

import collections
import datetime
import itertools
import signal
import threading
import time

import pytest
from conftest import serving, wait_for

from cloud import ENVIRONMENT, HOME, Cloud, provider
from proxy import Proxy
from running import ON_REQUEST, moto, run, samples, values

HEALTHY, DEAD = "us-east-1", "eu-west-1"
# What befalls a region, and the class that the ledger has for it.
FAULTS = {
    "drop": "timeout",
    "unavailable": "bad_answer",
    "broken": "bad_answer",
    "denied": "denied",
    "expired": "expired_credentials",
    "timeless": "expired_credentials",
    "hang": "timeout",
    "stall": "timeout",
    "truncate": "bad_answer",
    "cut": "bad_answer",
}
# Seconds that a collection may take.
DEADLINE = 30


class Scene:
    """Both regions of one account, through a proxy, with a cloudgauge that has collected them once."""

    def __init__(self, cloud, proxy, server):
        self.cloud, self.proxy, self.server = cloud, proxy, server

    def ec2(self, region):
        return self.cloud.client("ec2", HOME, region)

    def volumes(self, region):
        found = self.server.search(f'is(aws_ec2_volume) and /ancestors.region.reported.id == "{region}"')
        return {document["reported"]["id"] for document in found}

    def real_volumes(self, region):
        return {volume["VolumeId"] for volume in self.ec2(region).describe_volumes()["Volumes"]}

    def change(self, region):
        """Replaces one volume by another."""
        ec2 = self.ec2(region)
        available = [
            volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"] if volume["State"] == "available"
        ]
        ec2.delete_volume(VolumeId=available[0])
        return available[0], ec2.create_volume(AvailabilityZone=f"{region}a", Size=7)["VolumeId"]

    def collect(self):
        """Runs a collection, which ends in time whatever happens."""
        started = time.monotonic()
        found, self.log, _ = run(self.server, "collect")
        # The page and the process take a moment, too.
        assert time.monotonic() - started < DEADLINE + 10
        return found

    def ledger(self, **asked):
        return self.server.api("scopes", {"limit": 1000, **asked})["rows"]


def scopes(found, metric, region, **where):
    return values(found, f"cloudgauge_scope_{metric}", "kind", region=region, **where)


def resources(found, region):
    """The samples about resources of a region, which come from the inventory."""
    own = ("cloudgauge_scope_", "cloudgauge_api_")
    return {
        (name, tuple(sorted(labels.items()))): value
        for name, all_samples in found.items()
        if not name.startswith(own)
        for labels, value in all_samples
        if labels.get("region") == region
    }


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    directory = tmp_path_factory.mktemp("faults")
    with moto(directory) as url, Proxy(url) as proxy:
        cloud = Cloud(url)
        for region in (HEALTHY, DEAD):
            ec2 = cloud.client("ec2", HOME, region)
            ec2.run_instances(ImageId="ami-0abcdef1234567890", InstanceType="t3.micro", MinCount=2, MaxCount=2)
            for number in range(8):
                ec2.create_volume(AvailabilityZone=f"{region}a", Size=number + 1)
            cloud.client("sqs", HOME, region).create_queue(QueueName="jobs")
        aws = provider(proxy.url, accounts=[{"id": HOME}], page_size=5, attempts_max=2, request_timeout="2s")
        config = {
            "providers": {"aws": aws},
            "workflows": ON_REQUEST,
            "collect": {"account_timeout": f"{DEADLINE}s"},
        }
        with serving(directory, config, ENVIRONMENT, ready=False) as server:
            yield Scene(cloud, proxy, server)


def test_a_region_that_dies_keeps_what_was_known_of_it_and_harms_no_other(scene):
    before = scene.collect()
    assert set(scopes(before, "up", DEAD).values()) == {1}
    assert scene.volumes(DEAD) == scene.real_volumes(DEAD)
    known, succeeded = scene.volumes(DEAD), scopes(before, "last_success_timestamp_seconds", DEAD)
    assert len(succeeded) > 25
    errors = collections.Counter()

    for fault, failure_class in FAULTS.items():
        scene.change(HEALTHY)
        scene.change(DEAD)
        started = time.time()
        with scene.proxy.fault(fault, lambda request: request.region == DEAD):
            found = scene.collect()

        assert set(scopes(found, "up", DEAD).values()) == {0}, fault
        # What comes with another kind's answer may fail without a call of its own, but nothing may succeed.
        assert scopes(found, "last_success_timestamp_seconds", DEAD) == succeeded, fault
        errors[failure_class] += 1
        for kind, count in scopes(found, "errors_total", DEAD, **{"class": failure_class}).items():
            assert count == errors[failure_class], (fault, kind)
        ledger = scene.ledger(region=DEAD, failed=True)
        assert {row["class"] for row in ledger} == {failure_class}, fault
        assert all(row["reason"] and row["outcome"] == "failed" for row in ledger), fault
        assert {row["kind"]: row["resources"] for row in ledger} == scopes(before, "resources", DEAD), fault
        assert sum(row["calls"] for row in ledger) > 25, fault
        assert scene.volumes(DEAD) == known, fault
        assert resources(found, DEAD) == resources(before, DEAD), fault

        assert set(scopes(found, "up", HEALTHY).values()) == {1}, fault
        assert min(scopes(found, "last_success_timestamp_seconds", HEALTHY).values()) >= int(started), fault
        assert scene.volumes(HEALTHY) == scene.real_volumes(HEALTHY), fault

    found = scene.collect()
    assert set(scopes(found, "up", DEAD).values()) == {1}
    assert min(scopes(found, "last_success_timestamp_seconds", DEAD).values()) > max(succeeded.values())
    assert scene.volumes(DEAD) == scene.real_volumes(DEAD) != known


def test_one_denied_operation_fails_what_needs_it_and_nothing_else(scene):
    found = scene.collect()
    errors = scopes(found, "errors_total", DEAD, **{"class": "denied"})
    with scene.proxy.fault(
        "denied", lambda request: (request.region, request.operation) == (DEAD, "DescribeInstances")
    ):
        found = scene.collect()
    down = {kind for kind, up in scopes(found, "up", DEAD).items() if not up}
    assert down == {"aws_ec2_instance", "aws_ec2_instance_type"}
    after = scopes(found, "errors_total", DEAD, **{"class": "denied"})
    assert {kind for kind in after if after[kind] == errors.get(kind, 0) + 1} == down
    assert len(scene.server.search(f'is(aws_ec2_instance) and /ancestors.region.reported.id == "{DEAD}"')) == 2
    assert "ec2:DescribeInstances" in scene.log and "is denied" in scene.log


def test_a_listing_that_breaks_off_adds_but_does_not_remove(scene):
    success = scopes(scene.collect(), "last_success_timestamp_seconds", DEAD)["aws_ec2_volume"]
    known = scene.volumes(DEAD)
    ec2 = scene.ec2(DEAD)
    first = [volume["VolumeId"] for volume in ec2.describe_volumes(MaxResults=5)["Volumes"]]
    changed = next(volume for volume in first if volume in known)
    ec2.create_tags(Resources=[changed], Tags=[{"Key": "Name", "Value": "changed"}])
    gone, added = scene.change(DEAD)

    def is_later_page(request):
        return (request.region, request.operation) == (DEAD, "DescribeVolumes") and "NextToken" in request.params

    with scene.proxy.fault("denied", is_later_page):
        found = scene.collect()
    first = {volume["VolumeId"] for volume in ec2.describe_volumes(MaxResults=5)["Volumes"]}
    assert scopes(found, "up", DEAD)["aws_ec2_volume"] == 0
    assert scopes(found, "last_success_timestamp_seconds", DEAD)["aws_ec2_volume"] == success
    assert scene.volumes(DEAD) == known | first
    assert gone in scene.volumes(DEAD)
    if changed in first:
        names = scene.server.search(f'is(aws_ec2_volume) and id == "{changed}"')
        assert [document["reported"]["name"] for document in names] == ["changed"]

    found = scene.collect()
    assert scopes(found, "up", DEAD)["aws_ec2_volume"] == 1
    assert scene.volumes(DEAD) == scene.real_volumes(DEAD)
    assert added in scene.volumes(DEAD) and gone not in scene.volumes(DEAD)


def test_a_token_that_comes_again_and_again_ends_the_listing_and_loses_nothing(scene):
    before = scene.collect()
    known = scene.volumes(DEAD)
    with scene.proxy.fault("repeat", lambda request: (request.region, request.operation) == (DEAD, "DescribeVolumes")):
        found = scene.collect()
    [volumes] = scene.ledger(region=DEAD, failed=True)
    assert (volumes["kind"], volumes["outcome"], volumes["class"]) == ("aws_ec2_volume", "partial", "bad_answer")
    assert "the token of page 2 is one that has been used already" in volumes["reason"]
    assert volumes["calls"] == 2
    assert scene.volumes(DEAD) == known
    assert resources(found, DEAD) == resources(before, DEAD)


def test_a_page_without_items_does_not_end_a_listing(scene):
    scene.change(DEAD)
    with scene.proxy.fault("blank", lambda request: (request.region, request.operation) == (DEAD, "DescribeVolumes")):
        found = scene.collect()
    assert scopes(found, "up", DEAD)["aws_ec2_volume"] == 1
    assert scene.volumes(DEAD) == scene.real_volumes(DEAD)


def test_credentials_that_expire_in_the_middle_keep_what_they_no_longer_reach(scene):
    before = scene.collect()
    known = {region: scene.volumes(region) for region in (HEALTHY, DEAD)}
    asked = itertools.count()
    with scene.proxy.fault("expired", lambda request: next(asked) >= 30):
        found = scene.collect()
    outcomes = collections.Counter((row["outcome"], row.get("class")) for row in scene.ledger())
    assert outcomes[("complete", None)] > 5 and outcomes[("failed", "expired_credentials")] > 5
    assert {failure_class for _, failure_class in outcomes} == {None, "expired_credentials"}
    for region in (HEALTHY, DEAD):
        assert scene.volumes(region) == known[region]
        # An instance whose type could no longer be read has the cores that it had.
        assert resources(found, region) == resources(before, region)


def test_a_clock_that_is_wrong_is_put_right_by_what_aws_answers(scene):
    scene.collect()
    scene.change(DEAD)
    for minutes in (20, -45):
        scene.proxy.offset = datetime.timedelta(minutes=minutes)
        with scene.proxy.fault("skewed", lambda request: True):
            found = scene.collect()
        assert scene.ledger(failed=True) == []
        assert scene.volumes(DEAD) == scene.real_volumes(DEAD)
    assert set(scopes(found, "up", DEAD).values()) == {1}
    assert "the clock of this machine is wrong" in scene.server.text()


def test_a_storm_of_throttles_ends_in_time_and_loses_nothing(scene, tmp_path):
    kinds = ["aws_ec2_volume", "aws_ec2_instance", "aws_vpc", "aws_sqs_queue"]
    aws = provider(scene.proxy.url, accounts=[{"id": HOME}], collect=kinds, no_collect=[], attempts_max=3)
    config = {"providers": {"aws": aws}, "workflows": ON_REQUEST, "collect": {"account_timeout": "10s"}}
    with serving(tmp_path, config, ENVIRONMENT, ready=False) as server:
        stormy = Scene(scene.cloud, scene.proxy, server)
        before = stormy.collect()
        known = stormy.volumes(DEAD)
        started = time.monotonic()
        with scene.proxy.fault("throttled", lambda request: request.region == DEAD):
            found = stormy.collect()
        assert time.monotonic() - started < 15
        ledger = stormy.ledger(region=DEAD)
        assert len(ledger) == len(kinds)
        assert {row["outcome"] for row in ledger} == {"failed"}
        # One that waits for its turn until the end has not been throttled itself.
        assert {row["class"] for row in ledger} <= {"throttled", "timeout"}
        assert "throttled" in {row["class"] for row in ledger}
        assert sum(row["throttles"] for row in ledger) > 3
        assert stormy.volumes(DEAD) == known == scene.real_volumes(DEAD)
        assert resources(found, DEAD) == resources(before, DEAD)
        assert set(scopes(found, "up", HEALTHY).values()) == {1}


def test_a_collection_that_hangs_does_not_keep_the_process_from_ending(scene):
    """The last test of this module: it ends the process."""
    scene.collect()
    scene.change(HEALTHY)
    changing = ("cloudgauge_api_", "cloudgauge_workflow_", "cloudgauge_exposition_", "process_")

    def inventory():
        found = samples(scene.server.scrape())
        return {name: all_samples for name, all_samples in found.items() if not name.startswith(changing)}

    before = inventory()
    scene.proxy.hanging = 0
    with scene.proxy.fault("hang", lambda request: True):
        runner = threading.Thread(target=lambda: scene.server.api("workflows/run/collect", {}), daemon=True)
        runner.start()
        wait_for("a request that hangs", 30, lambda: scene.proxy.hanging)
        assert inventory() == before
        began = time.monotonic()
        scene.server.process.send_signal(signal.SIGTERM)
        scene.server.process.wait(timeout=5)
        assert time.monotonic() - began < 5
        assert scene.server.process.returncode == 0
