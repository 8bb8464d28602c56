"""Measures the program as a user would: size, memory, a run's phases, scrapes, and how fast it stops.

    benches/figures.py target/release/cloudgauge

Prints a table; figures that have a limit say whether it holds, and the exit code is 1 if one does not.
"""

import contextlib
import http.client
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

IDLE_SECONDS = 20
SCRAPES = 2_000
STOP_RESOURCES = 500_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds, check):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found := check():
                return found
        time.sleep(0.05)
    raise SystemExit(f"{what}: not within {seconds} s")


class Server:
    """A running program with the example inventory of a size."""

    def __init__(self, binary, directory, resources):
        self.port = free_port()
        file = directory / f"{self.port}.yaml"
        config = {
            "web": {"listen_addresses": [f"127.0.0.1:{self.port}"]},
            "providers": {"example": {"enabled": True, "resources": resources}},
            "workflows": {"schedules": {}},
        }
        file.write_text(json.dumps(config))
        with open(directory / f"{self.port}.log", "w") as log:
            command = [binary, "serve", f"--config.file={file}"]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def get(self, path, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers or {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def api(self, path):
        return json.loads(self.get(f"/api/v1/{path}", {"X-Cloudgauge-Client": "figures"}))

    def over(self):
        """The first run's entry in the history, once it is over."""
        runs = self.api("workflows/history/collect_and_cleanup")
        return next((run for run in runs if run.get("outcome")), None)

    def memory(self, name):
        """A line of the kernel's sums over the process's memory, in MiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        raise SystemExit(f"the kernel does not say {name}")

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return time.monotonic() - began


def phase_seconds(server, phase):
    """From the program's own metrics: what it took the last time."""
    prefix = f'cloudgauge_workflow_phase_duration_seconds{{workflow="collect_and_cleanup",phase="{phase}"'
    for line in server.get("/metrics").decode().splitlines():
        if line.startswith(prefix):
            return float(line.rsplit(" ", 1)[1])
    return None


def scrape_times(server, headers):
    """Seconds of each scrape over one connection, and bytes of a body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    times = []
    for _ in range(SCRAPES):
        began = time.perf_counter()
        connection.request("GET", "/metrics", headers=headers)
        body = connection.getresponse().read()
        times.append(time.perf_counter() - began)
    connection.close()
    return times, len(body)


def wrk(server):
    """Requests per second with 8 connections, if wrk is installed."""
    if not shutil.which("wrk"):
        return None
    url = f"http://127.0.0.1:{server.port}/metrics"
    command = ["wrk", "-t1", "-c8", "-d5s", "-H", "Accept-Encoding: gzip", url]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("Requests/sec:"):
            return float(line.split()[1])
    return None


def measure(binary, directory):
    """Rows of name, value, unit and limit."""
    yield "binary", os.path.getsize(binary) / 1e6, "MB", 30

    with Server(binary, directory, 5_000) as server:
        began = time.monotonic()
        wait_for("readiness", 60, lambda: server.get("/-/ready"))
        yield "start to first page", time.monotonic() - began, "s", None
        run = wait_for("the first run", 60, server.over)
        yield "first run", run["duration_seconds"] * 1e3, "ms", None
        for phase in ("collect", "merge_outer_edges", "generate_metrics"):
            seconds = phase_seconds(server, phase)
            if seconds is not None:
                yield f"  {phase}", seconds * 1e3, "ms", None
        time.sleep(IDLE_SECONDS)
        yield f"idle memory, PSS after {IDLE_SECONDS} s", server.memory("Pss"), "MiB", 60
        yield f"idle memory, RSS after {IDLE_SECONDS} s", server.memory("Rss"), "MiB", 60

        body = server.get("/metrics").decode()
        yield "series", sum(1 for line in body.splitlines() if line and not line.startswith("#")), "", None
        for name, headers in [
            ("text, identity", {"Accept": "text/plain"}),
            ("text, gzip", {"Accept": "text/plain", "Accept-Encoding": "gzip"}),
            ("OpenMetrics, gzip", {"Accept": "application/openmetrics-text", "Accept-Encoding": "gzip"}),
        ]:
            times, size = scrape_times(server, headers)
            cuts = statistics.quantiles(times, n=100)
            yield f"scrape, {name}: body", size / 1e3, "kB", None
            yield "  p50", cuts[49] * 1e3, "ms", None
            yield "  p99", cuts[98] * 1e3, "ms", None
            yield "  one after the other", SCRAPES / sum(times), "requests/s", None
        if (rate := wrk(server)) is not None:
            yield "scrapes, gzip, wrk with 8 connections", rate, "requests/s", None
        yield "memory after the scrapes, PSS", server.memory("Pss"), "MiB", 60
        yield "SIGTERM to exit, idle", server.stop(), "s", 5

    with Server(binary, directory, STOP_RESOURCES) as server:
        collecting = lambda: (server.api("workflows/running").get("active") or {}).get("step") == "collect"
        wait_for("a collection", 30, collecting)
        yield f"SIGTERM to exit, collecting {STOP_RESOURCES:,} resources", server.stop(), "s", 5


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    fits = True
    with tempfile.TemporaryDirectory() as directory:
        for name, value, unit, limit in measure(binary, pathlib.Path(directory)):
            said = ""
            if limit is not None:
                fits &= value <= limit
                said = f"at most {limit} {unit}" + ("" if value <= limit else ": EXCEEDED")
            text = f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
            print(f"{name:<48}{text:>10} {unit:<11}{said}".rstrip(), flush=True)
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
