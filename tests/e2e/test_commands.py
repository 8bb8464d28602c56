"""The commands that need no server, or only ask one."""

import csv
import io
import json
import re
import subprocess

from conftest import BINARY, ROOT

SHIPPED = ROOT / "config" / "cloudgauge.yaml"


def cloudgauge(*arguments, code=0):
    answer = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120)
    assert answer.returncode == code, answer.stdout + answer.stderr
    return answer


def test_the_shipped_configuration_is_right():
    said = cloudgauge("check", f"--config.file={SHIPPED}").stdout
    assert re.search(r"providers +example", said)
    assert "collect_and_cleanup at `0 * * * *`" in said
    assert said.endswith("Nothing is wrong.\n")


def test_every_mistake_is_said_with_its_place(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text('web:\n  max_request: 4\nmetrics:\n  definitions:\n    old:\n      help: Old\n      search: "is(volum)"\n')
    error = cloudgauge("check", f"--config.file={file}", code=3).stderr
    assert f"{file}:2:3" in error
    assert "max_requests" in error


def test_collect_shows_what_was_found():
    answer = cloudgauge("collect", f"--config.file={SHIPPED}")
    assert re.search(r"aws +\d{12} .*eu-central-1", answer.stdout), answer.stdout
    assert "gcp" in answer.stdout and "azure" in answer.stdout


def test_collect_shows_what_failed(tmp_path):
    file = tmp_path / "failing.yaml"
    file.write_text("providers: {example: {enabled: true, resources: 500, failing_scopes: 5}}")
    answer = cloudgauge("collect", f"--config.file={file}", code=4)
    assert "denied" in answer.stdout or "throttled" in answer.stdout, answer.stdout


def search(server, *arguments):
    return cloudgauge("search", *arguments, "--server", server.url).stdout


def test_a_search_is_a_table_json_lines_or_csv(example):
    query = "is(volume) and volume_status == available limit 3"
    table = search(example, query).splitlines()
    assert table[0].split()[:3] == ["KIND", "ID", "NAME"]
    assert len(table) == 4
    documents = json.loads(search(example, query, "--output=json"))
    lines = [json.loads(line) for line in search(example, query, "--output=ndjson").splitlines()]
    assert documents == lines
    assert [document["reported"]["volume_status"] for document in documents] == ["available"] * 3
    columns = "id,name,volume_size,account"
    rows = list(csv.DictReader(io.StringIO(search(example, query, "--output=csv", f"--columns={columns}"))))
    assert [row["id"] for row in rows] == [document["reported"]["id"] for document in documents]
    assert all(row["volume_size"].isdigit() and row["account"] for row in rows)


def test_an_aggregate_counts_what_the_metrics_count(example):
    query = "aggregate(cloud as cloud: sum(1) as count): is(volume)"
    rows = list(csv.DictReader(io.StringIO(search(example, query, "--output=csv"))))
    metrics = {}
    for line in example.scrape().splitlines():
        if line.startswith("cloudgauge_volumes{"):
            cloud = re.search(r'cloud="(\w+)"', line)[1]
            metrics[cloud] = metrics.get(cloud, 0) + float(line.rsplit(" ", 1)[1])
    assert {row["cloud"]: float(row["count"]) for row in rows} == metrics
    assert all(row["count"].isdigit() for row in rows), "a count is a whole number"


def test_a_wrong_search_shows_where(example):
    error = cloudgauge("search", "is(volum)", "--server", example.url, code=1).stderr
    assert "did you mean `volume`" in error
    assert "^" in error


def test_a_search_can_collect_first(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text("providers: {example: {enabled: true, resources: 500}}")
    said = cloudgauge("search", "--collect", "is(bucket)", "--output=ndjson", f"--config.file={file}").stdout
    assert all("bucket" in json.loads(line)["kinds"] for line in said.splitlines())
    assert said


def test_kinds_are_listed():
    said = cloudgauge("kinds", "--is=volume").stdout
    assert "aws_ec2_volume" in said
    assert "aws_ec2_instance" not in said.split()


def test_scopes_show_how_complete_and_how_old_everything_is(start, tmp_path):
    providers = {"example": {"enabled": True, "resources": 500, "failing_scopes": 5}}
    config = {"providers": providers, "storage": {"path": str(tmp_path / "state")}}
    server = start(config)

    def scopes(*arguments, where=("--server", server.url)):
        return cloudgauge("scopes", *arguments, *where)

    answer = scopes("--failed")
    said = re.search(r"(\d+) scopes: 0 complete, (\d+) partial, (\d+) failed; some never had", answer.stderr)
    assert said, answer.stderr
    assert [int(number) for number in said.groups()][0] == 5
    header, *lines = answer.stdout.splitlines()
    assert header.split() == "ACCOUNT REGION KIND OUTCOME AGE RESOURCES CALLS THROTTLES TOOK CLASS REASON".split()
    assert len(lines) == 5

    rows = json.loads(scopes("--output=json").stdout)
    up = [line for line in server.scrape().splitlines() if line.startswith("cloudgauge_scope_up{")]
    assert len(rows) == len(up) > 50
    resources = sum(row["resources"] for row in rows)
    assert resources == sum(
        float(line.rsplit(" ", 1)[1])
        for line in server.scrape().splitlines()
        if line.startswith("cloudgauge_scope_resources{")
    )
    failed = [row for row in rows if row["outcome"] != "complete"]
    assert len(failed) == 5 and all(row["class"] and row["reason"] for row in failed)
    by_cloud = json.loads(scopes("--by=cloud,region", "--output=json").stdout)
    assert sum(row["resources"] for row in by_cloud) == resources
    assert sum(row["partial"] + row["failed"] for row in by_cloud) == 5
    volumes = json.loads(scopes("--kind=volume", "--output=json").stdout)
    assert {row["kind"] for row in volumes} > {"aws_ec2_volume"}
    assert "there is no kind `volum`" in cloudgauge("scopes", "--kind=volum", "--server", server.url, code=1).stderr
    assert "write one of denied, " in cloudgauge("scopes", "--class=no", code=2).stderr

    server.stop()
    stored = ("--generation=latest", f"--config.file={server.file}")
    again = scopes("--output=json", where=stored)
    assert "stored generation 1" in again.stderr
    assert [{**row, "age_seconds": 0} for row in json.loads(again.stdout)] == [{**row, "age_seconds": 0} for row in rows]
