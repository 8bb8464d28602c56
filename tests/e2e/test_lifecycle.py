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
