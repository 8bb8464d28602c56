"""Reloading and stopping."""

import http.server
import json
import re
import signal
import threading
import time

import pytest

from conftest import ROOT, get, wait_for

EXAMPLE = {"example": {"enabled": True, "resources": 500}}
BUCKETS = {"buckets_by_cloud": {"help": "Buckets", "search": "aggregate(cloud as cloud: sum(1) as buckets_by_cloud): is(bucket)"}}


def rewrite(server, text):
    """Replaces the configuration file and asks for a reload."""
    server.file.write_text(text)
    server.process.send_signal(signal.SIGHUP)


def value(server, name):
    lines = [line for line in server.scrape().splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else None


def test_a_reload_changes_metrics_and_a_broken_file_changes_nothing(start):
    server = start({"providers": EXAMPLE})
    good = json.loads(server.file.read_text())
    assert value(server, "cloudgauge_buckets") and not value(server, "cloudgauge_buckets_by_cloud")

    definitions = {**BUCKETS, "buckets": {"enabled": False}}
    rewrite(server, json.dumps({**good, "metrics": {"definitions": definitions}}))
    wait_for("the new metric", 30, lambda: value(server, "cloudgauge_buckets_by_cloud"))
    assert value(server, "cloudgauge_buckets") is None
    assert value(server, "cloudgauge_config_last_reload_successful") == 1

    rewrite(server, json.dumps({**good, "metrics": {"definitions": {"wrong": {"help": "Wrong", "search": "aggregate(cloud as cloud: sum(1) as wrong): is(bucke)"}}}}))
    wait_for("the refusal", 30, lambda: value(server, "cloudgauge_config_last_reload_successful") == 0)
    assert re.search(rf"place={server.file}:1:\d+ .*bucke", server.text()), server.text()
    server.run("metrics")
    assert value(server, "cloudgauge_buckets_by_cloud")


def test_definitions_of_resoto_are_served_under_their_names(start):
    document = ROOT / "tests" / "fixtures" / "resoto-metrics.yaml"
    server = start({"providers": EXAMPLE, "metrics": {"builtin": False, "files": [str(document)]}})
    names = {line.split("{")[0].split(" ")[0] for line in server.scrape().splitlines() if not line.startswith("#")}
    known = (ROOT / "tests" / "fixtures" / "resoto-metric-names.txt").read_text().split()
    served = {name.removeprefix("resoto_") for name in names if name.startswith("resoto_")}
    assert "instances_total" in served
    assert served <= {name.removeprefix("resoto_") for name in known}
    assert "cloudgauge_instances" not in names


class Silent(http.server.BaseHTTPRequestHandler):
    """An AWS that refuses everything at first, and later never answers."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.silent.is_set():
            self.server.asked.set()
            self.server.ended.wait(60)
            return
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def aws():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    server.silent, server.asked, server.ended = threading.Event(), threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.ended.set()
    server.shutdown()


def seconds_to_stop(server):
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=30) == 0, server.text()
    return time.monotonic() - began


def test_a_run_that_hangs_serves_on_and_stops_within_five_seconds(start, aws):
    providers = {
        **EXAMPLE,
        "aws": {"enabled": True, "endpoint_url": f"http://127.0.0.1:{aws.server_address[1]}", "attempts_max": 1},
    }
    credentials = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-central-1"}
    server = start({"providers": providers}, env=credentials)
    wait_for("the first run", 30, lambda: not server.api("workflows/running").get("active"))
    before = [line for line in server.scrape().splitlines() if line.startswith("cloudgauge_instances{")]
    assert before

    aws.silent.set()
    server.api("workflows/run/collect", {})
    assert aws.asked.wait(30)
    assert server.api("workflows/running")["active"]["step"] == "collect"
    assert get(f"{server.url}/-/ready")[0] == 200
    after = [line for line in server.scrape().splitlines() if line.startswith("cloudgauge_instances{")]
    assert after == before
    assert seconds_to_stop(server) < 5


def test_a_run_that_computes_stops_within_five_seconds(start):
    providers = {"example": {"enabled": True, "resources": 200_000}}
    server = start({"providers": providers}, ready=False)
    wait_for("a run", 30, lambda: server.api("workflows/running").get("active"))
    assert seconds_to_stop(server) < 5


STILL = {"run_on_start": False, "schedules": {}}


class Stored:
    """A server that keeps what it collects: volumes of a file, as many as the test says."""

    def __init__(self, start, directory):
        self.start = start
        self.folder = directory / "state"
        self.file = directory / "volumes.ndjson"
        self.definition = {"disks": {"help": "Disks", "search": "aggregate(account as account, tags.owner as owner: sum(1) as disks): is(volume)"}}

    def write(self, owners):
        place = {"cloud": "onprem", "account": "dc1", "region": "hall-a"}
        nodes = [{"id": f"v-{n}", "kind": "volume", **place, "tags": {"owner": owner}} for n, owner in enumerate(owners)]
        self.file.write_text("".join(json.dumps(node) + "\n" for node in nodes))

    def serve(self):
        file = {"file": {"enabled": True, "files": [str(self.file)]}}
        config = {"providers": file, "storage": {"path": str(self.folder)}, "metrics": {"definitions": self.definition}}
        return self.start({**config, "workflows": STILL}, ready=False)

    def generations(self):
        return sorted(self.folder.glob("generation-*.cloudgauge"))


@pytest.fixture
def stored(start, tmp_path):
    return Stored(start, tmp_path)


def inventory(server):
    """The lines about the inventory, without those about cloudgauge itself."""
    page = server.scrape()
    assert page.endswith("\n")
    names = ("cloudgauge_disks", "cloudgauge_volumes", "cloudgauge_resources_", "cloudgauge_metric_")
    return [line for line in page.splitlines() if line.startswith(names)]


def kill(server):
    server.process.kill()
    server.process.wait(timeout=30)


def damage(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_restart_serves_what_was_served_and_counts_on(stored):
    stored.write(["ann", "ann", "bob"])
    first = stored.serve()
    first.run("collect")
    stored.write(["ann", "ann", "ann", "ann"])
    first.run("collect")
    before = inventory(first)
    created = 'cloudgauge_resources_created_total{cloud="onprem",account="dc1",account_id="dc1",kind="volume"}'
    assert f"{created} 1" in before
    assert 'cloudgauge_disks{account="dc1",owner="bob"} 0' in before, "what is gone says 0"
    collected = value(first, "cloudgauge_generation_collected_timestamp_seconds")
    # What was served is on disk already: nothing is left to be done at the end.
    kill(first)

    second = stored.serve()
    assert second.ready()
    assert inventory(second) == before
    assert len(second.search("is(volume)")) == 4, "a search waits for the stored generation"
    assert "the stored generation is in force" in second.text()
    wait_for("its metrics", 30, lambda: not second.api("workflows/running").get("active"))
    assert inventory(second) == before
    assert value(second, "cloudgauge_generation") == 2
    assert value(second, "cloudgauge_generation_collected_timestamp_seconds") == collected
    assert value(second, "cloudgauge_scope_up") == 1

    stored.write(["ann", "ann", "ann", "ann", "ann"])
    second.run("collect")
    after = inventory(second)
    assert f"{created} 2" in after
    assert 'cloudgauge_disks{account="dc1",owner="bob"} 0' in after
    assert value(second, "cloudgauge_generation") == 3


def test_the_stored_page_is_served_where_its_generation_cannot_be_read(stored):
    stored.write(["ann", "bob"])
    first = stored.serve()
    first.run("collect")
    before = inventory(first)
    own = {line.split(" ")[0]: line for line in first.scrape().splitlines() if line.startswith("cloudgauge_generation")}
    kill(first)

    for path in stored.generations():
        damage(path)
    second = stored.serve()
    wait_for("the complaint", 30, lambda: "a stored generation is skipped" in second.text())
    assert stored.generations()[-1].name in second.text()
    assert "checksum" in second.text()
    assert second.ready()
    assert inventory(second) == before
    again = {line.split(" ")[0]: line for line in second.scrape().splitlines() if line.startswith("cloudgauge_generation")}
    assert again == own, "its age is the true one"


def test_a_damaged_file_is_reported_and_the_one_before_is_taken(stored):
    first = stored.serve()
    for owners in (["ann"], ["ann", "bob"]):
        stored.write(owners)
        first.run("collect")
    kill(first)
    damage(stored.generations()[-1])
    damage(stored.folder / "bodies.cloudgauge")

    second = stored.serve()
    wait_for("the generation", 30, lambda: "the stored generation is in force" in second.text())
    wait_for("its metrics", 30, lambda: value(second, "cloudgauge_disks"))
    assert "the stored page is not served" in second.text()
    assert stored.generations()[-1].name in second.text()
    assert value(second, "cloudgauge_generation") == 1
    assert [line for line in inventory(second) if line.startswith("cloudgauge_disks")] == ['cloudgauge_disks{account="dc1",owner="ann"} 1']

    second.run("collect")
    assert value(second, "cloudgauge_generation") == 2
    assert len(second.search("is(volume)")) == 2


def test_a_kill_while_a_generation_is_written_leaves_the_one_before(stored):
    """Whatever the instant is, what is read next is a generation that was whole."""
    owners = [f"owner-{n % 50}" for n in range(8_000)]
    stored.write(owners)
    server = stored.serve()
    server.run("collect")
    for round in range(3):
        known = {path.name for path in stored.generations()}
        stored.write(owners[round + 1 :])
        server.api("workflows/run/collect", {})
        # As soon as a file is being written, or a little later.
        end = time.monotonic() + 60
        while not any(stored.folder.glob("*.partial")) and {path.name for path in stored.generations()} <= known:
            assert time.monotonic() < end, server.text()
        time.sleep(round * 0.002)
        kill(server)

        server = stored.serve()
        wait_for("the generation", 60, lambda: "the stored generation is in force" in server.text())
        assert "is skipped" not in server.text() and "cannot be read" not in server.text()
        assert not any(stored.folder.glob("generation-*.partial"))
        assert len(server.search("is(volume)")) in (len(owners) - round - 1, len(owners) - round)
        # So that every round begins with what the last one meant to write.
        server.run("collect")


def test_a_definition_without_end_delays_no_other(start, tmp_path):
    """Each volume leads to the next ten; what is below the first ones is everything."""
    file = tmp_path / "volumes.ndjson"
    place = {"cloud": "onprem", "account": "dc1", "region": "hall-a"}

    def write(count):
        nodes = [{"id": f"v-{n}", "kind": "volume", **place} for n in range(count)] + [{"id": "s", "kind": "snapshot", **place}]
        edges = [{"from": f"v-{n}", "to": f"v-{other}"} for n in range(count) for other in range(n + 1, min(n + 11, count))]
        file.write_text("".join(json.dumps(line) + "\n" for line in nodes + edges))

    definitions = {
        "endless": {"help": "Endless", "search": "aggregate(/descendants.snapshot.reported.name as name: sum(1) as endless): is(volume)"},
        "disks": {"help": "Disks", "search": "aggregate(account as account: sum(1) as disks): is(volume)"},
    }
    write(3)
    server = start({
        "providers": {"file": {"enabled": True, "files": [str(file)]}},
        "metrics": {"definitions": definitions, "timeout": "1h"},
        "workflows": STILL,
    }, ready=False)
    server.run("collect")
    assert value(server, "cloudgauge_endless") == 3

    write(20_000)
    server.api("workflows/run/collect", {})
    wait_for("the other metrics", 120, lambda: value(server, "cloudgauge_disks") == 20_000)
    page = server.scrape().splitlines()
    assert 'cloudgauge_endless{name=""} 3' in page, "the last value"
    assert 'cloudgauge_metric_up{metric="cloudgauge_endless"} 0' in page
    assert 'cloudgauge_metric_up{metric="cloudgauge_disks"} 1' in page
    assert server.api("workflows/running")["active"]["step"] == "generate_metrics", "which has more time yet"
    seconds_to_stop(server)
