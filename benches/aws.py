"""Measures how AWS's answers are read, beside botocore, and what a whole organization costs, from a replaying stand-in.

    benches/aws.py

Answers are recorded from moto first. Prints a table; figures that have a limit say whether it holds, and the exit code
is 1 if one does not.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.parsers
import botocore.session
from moto import mock_aws

ROUNDS = 5
ACCOUNTS = 50
IDLE_ACCOUNTS = 10_000
# What a region of an account has; as many pages as AWS would make of ten times as much.
INSTANCES, MORE_VOLUMES, SNAPSHOTS, GROUPS, SUBNETS, PAGE = 300, 100, 262, 48, 20, 100
TAGS = {"Name": "web-1", "owner": "ada", "team": "shop", "stage": "production", "cost-center": "4711"}
# The credentials carry an account: the one that enters all others.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "ASIA0000000000000000",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}
BODY = "a recorded DescribeInstances body"


class Recorder:
    """A region of moto's, and the bodies of its answers."""

    def __init__(self):
        self.ec2 = boto3.client("ec2")
        self.bodies = []
        self.ec2.meta.events.register("before-parse.ec2", self.keep)
        self.image = self.ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
        self.vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]

    def keep(self, response_dict, **_):
        self.bodies.append(response_dict["body"])

    def tagged(self, kind):
        return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}]

    def instances(self, number):
        for _ in range(0, number, PAGE):
            self.ec2.run_instances(
                ImageId=self.image,
                MinCount=min(number, PAGE),
                MaxCount=min(number, PAGE),
                InstanceType="m5.large",
                TagSpecifications=self.tagged("instance"),
            )

    def body(self, operation, **params):
        self.bodies.clear()
        getattr(self.ec2, operation)(**params)
        return self.bodies[-1]


@mock_aws
def record_body(folder, number):
    """One answer with as many instances as AWS gives at once."""
    recorder = Recorder()
    recorder.instances(number)
    file = folder / "instances.xml"
    file.write_bytes(recorder.body("describe_instances", MaxResults=number))
    return file


@mock_aws
def record_region(folder):
    """Everything of a region, page by page, in the files that the stand-in expects."""
    recorder = Recorder()
    ec2 = recorder.ec2
    recorder.instances(INSTANCES)
    volumes = [volume["VolumeId"] for volume in ec2.describe_volumes()["Volumes"]]
    for _ in range(MORE_VOLUMES):
        volume = ec2.create_volume(
            AvailabilityZone="us-east-1a", Size=100, VolumeType="gp3", TagSpecifications=recorder.tagged("volume")
        )
        volumes.append(volume["VolumeId"])
    own = [
        ec2.create_snapshot(VolumeId=volumes[number % len(volumes)], TagSpecifications=recorder.tagged("snapshot"))
        for number in range(SNAPSHOTS)
    ]
    snapshots = [snapshot["SnapshotId"] for snapshot in own]
    for number in range(GROUPS):
        ec2.create_security_group(GroupName=f"group-{number}", Description="group", VpcId=recorder.vpc)
    for number in range(SUBNETS):
        cidr = f"172.31.{128 + number}.0/24"
        ec2.create_subnet(VpcId=recorder.vpc, CidrBlock=cidr, TagSpecifications=recorder.tagged("subnet"))
    reservations = ec2.describe_instances()["Reservations"]
    instances = [instance["InstanceId"] for reservation in reservations for instance in reservation["Instances"]]
    interfaces = [interface["NetworkInterfaceId"] for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]]

    def write(operation, number, body):
        name = "".join(word.capitalize() for word in operation.split("_"))
        (folder / f"{name}.{number}.xml").write_bytes(body)

    paged = [
        ("describe_instances", "InstanceIds", instances),
        ("describe_volumes", "VolumeIds", volumes),
        ("describe_snapshots", "SnapshotIds", snapshots),
        ("describe_network_interfaces", "NetworkInterfaceIds", interfaces),
    ]
    for operation, parameter, ids in paged:
        for number in range(0, len(ids), PAGE):
            write(operation, number // PAGE, recorder.body(operation, **{parameter: ids[number : number + PAGE]}))
    for operation in ("describe_security_groups", "describe_subnets", "describe_vpcs"):
        write(operation, 0, recorder.body(operation))
    types = [{"Name": "instance-type", "Values": ["m5.large"]}]
    write("describe_instance_types", 0, recorder.body("describe_instance_types", Filters=types))


def bench(*arguments):
    """The benchmark's program, built once."""
    build = ["cargo", "bench", "--quiet", "--no-run", "--message-format=json", "--bench", "aws"]
    if not hasattr(bench, "program"):
        lines = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        found = [json.loads(line) for line in lines]
        artifacts = (message for message in found if message.get("target", {}).get("name") == "aws")
        bench.program = next(message["executable"] for message in artifacts if message.get("executable"))
    return [bench.program, *map(str, arguments)]


def figures(*arguments):
    """The figures that a run of the benchmark prints."""
    answer = subprocess.run(bench(*arguments), check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in answer.splitlines()]


def reading(folder):
    """Rows about one answer. Both take turns, so that neither has the machine when it is quieter."""
    body = record_body(folder, 1_000).read_bytes()
    model = botocore.session.get_session().get_service_model("ec2").operation_model("DescribeInstances")
    parser = botocore.parsers.create_parser("ec2")
    theirs, ours = [], []
    for _ in range(ROUNDS):
        began = time.process_time()
        found = parser.parse({"body": body, "headers": {}, "status_code": 200}, model.output_shape)
        theirs.append((time.process_time() - began) * 1e3)
        assert sum(len(reservation["Instances"]) for reservation in found["Reservations"]) == 1_000
        ours += figures("parse", folder / "instances.xml", ROUNDS)
    assert all(row["resources"] == 1_000 for row in ours)
    best = {name: min(row[name] for row in ours) for name in ("read_all_ms", "read_ms", "read_and_map_ms")}
    yield f"{BODY}, 1,000 instances", len(body) / 1e6, "MB", None
    yield "  botocore's parser alone, CPU time", min(theirs), "ms", None
    yield "  read, all of it", best["read_all_ms"], "ms", None
    yield "  read, as far as it is needed", best["read_ms"], "ms", None
    yield "  read and mapped", best["read_and_map_ms"], "ms", None
    yield "  botocore's time over ours, read and mapped", min(theirs) / best["read_and_map_ms"], "times", (">=", 20)


def collecting(folder):
    """Rows about organizations that the stand-in plays."""
    record_region(folder)
    with subprocess.Popen(bench("stand-in", folder), stdout=subprocess.PIPE, text=True) as server:
        try:
            url = server.stdout.readline().strip()
            [run] = figures("collect", url, ACCOUNTS)
            seconds = run["collect_seconds"] + run["seal_seconds"]
            yield f"{run['accounts']} accounts, 3 regions: resources", run["resources"], "", (">=", 200_000)
            yield "  nodes", run["nodes"], "", None
            yield "  edges", run["edges"], "", None
            yield "  into the graph", seconds, "s", None
            yield "  resources a second, into the graph", run["resources"] / seconds, "/s", (">=", 20_000)
            yield "  CPU time", run["cpu_seconds"], "s", None
            yield "  resident for each resource, all in, once at rest", run["resident_bytes"] / run["resources"], "B", ("<=", 1_200)
            yield "  peak", run["peak_bytes"] / 2**20, "MiB", None
            [run] = figures("idle", url, IDLE_ACCOUNTS)
            yield f"{run['accounts']:,} idle accounts, 20 regions: scopes", run["scopes"], "", None
            yield "  two collections", run["seconds"], "s", None
            yield "  resident, all in, once at rest", run["resident_bytes"] / 2**20, "MiB", ("<=", 300)
            yield "  peak", run["peak_bytes"] / 2**20, "MiB", None
        finally:
            server.kill()


def main():
    os.environ.update(ENVIRONMENT)
    fits = True
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as directory:
        for rows in (reading, collecting):
            folder = pathlib.Path(directory, rows.__name__)
            folder.mkdir()
            for name, value, unit, limit in rows(folder):
                said = ""
                if limit is not None:
                    held = value >= limit[1] if limit[0] == ">=" else value <= limit[1]
                    fits &= held
                    word = "at least" if limit[0] == ">=" else "at most"
                    said = f"{word} {limit[1]:,} {unit}".rstrip() + ("" if held else ": MISSED")
                text = f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
                print(f"{name:<56}{text:>10} {unit:<6}{said}".rstrip(), flush=True)
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
