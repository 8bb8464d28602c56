"""Measures the program itself on an inventory from files, as a user runs it.

    benches/program.py target/release/cloudgauge DIRECTORY AGAIN

`DIRECTORY` and `AGAIN` hold `nodes.ndjson` and `edges.ndjson`; `AGAIN` is the same inventory with one account collected
again. Prints a JSON object of figures: a first collection, a second one while the page is served, a restart from what
is stored.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# A collection of ten million resources takes minutes.
WAIT_SECONDS = 3_600
SETTLE_SECONDS = 20
FILES = ("nodes.ndjson", "edges.ndjson")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """The running program. Its folder has the files of an inventory, what is stored, and the log."""

    def __init__(self, binary, folder, collect):
        self.port = free_port()
        unlimited = 1_000_000_000
        config = {
            "web": {"listen_addresses": [f"127.0.0.1:{self.port}"]},
            "storage": {"path": str(folder / "state"), "keep": 1},
            "providers": {"file": {"enabled": True, "files": [str(folder / "inventory" / "*.ndjson")]}},
            "collect": {"discover_timeout": "1h"},
            "metrics": {"builtin": False, "compat": "resoto", "series_max": unlimited, "series_total_max": unlimited},
            "workflows": {"schedules": {}, "run_on_start": collect},
        }
        file = folder / "cloudgauge.yaml"
        file.write_text(json.dumps(config))
        with open(folder / "log", "a") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen([binary, "serve", f"--config.file={file}"], stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def request(self, path, method="GET", headers=None):
        headers = {"X-Cloudgauge-Client": "program", "Content-Type": "application/json", **(headers or {})}
        data = b"null" if method == "POST" else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def wait_for(self, what, check):
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"{what}: the program ended with {self.process.returncode}")
            with contextlib.suppress(OSError):
                if found := check():
                    return found
            time.sleep(0.02)
        raise SystemExit(f"{what}: not within {WAIT_SECONDS} s")

    def runs(self, workflow):
        runs = json.loads(self.request(f"/api/v1/workflows/history/{workflow}"))
        return [run for run in runs if run.get("outcome")]

    def run(self, workflow):
        """Runs a workflow and waits until it is over."""
        before = len(self.runs(workflow))
        self.request(f"/api/v1/workflows/run/{workflow}", "POST")
        self.wait_for(workflow, lambda: len(self.runs(workflow)) > before)

    def phase_seconds(self, workflow, phase):
        pattern = rf'^cloudgauge_workflow_phase_duration_seconds{{workflow="{workflow}",phase="{phase}".*?}} (\S+)$'
        found = re.search(pattern, self.scrape().decode(), re.MULTILINE)
        return float(found.group(1)) if found else None

    def scrape(self):
        return self.request("/metrics", headers={"Accept": "text/plain"})

    def kilobytes(self, file, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/{file}").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE).group(1))

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def put(folder, directory):
    """Makes the program's files those of an inventory, each by a rename."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        beside = folder / f"{name}.new"
        beside.symlink_to(directory / name)
        beside.rename(folder / name)


def measure(binary, directory, again):
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        put(folder / "inventory", directory)
        with Program(binary, folder, True) as program:
            program.wait_for("the first collection", lambda: program.runs("collect_and_cleanup"))
            figures["program_collect_s"] = time.monotonic() - program.started
            figures["program_collect_cpu_s"] = program.cpu_seconds()
            for phase in ("collect", "merge_outer_edges", "generate_metrics"):
                figures[f"program_{phase}_s"] = program.phase_seconds("collect_and_cleanup", phase)
            figures["program_first_peak_mb"] = program.kilobytes("status", "VmHWM") / 1024
            stored = lambda: any((folder / "state").glob("generation-*.cloudgauge"))
            program.wait_for("the generation to be stored", stored)
            time.sleep(SETTLE_SECONDS)
            figures["program_pss_mb"] = program.kilobytes("smaps_rollup", "Pss") / 1024

            put(folder / "inventory", again)
            program.forget_peak()
            program.run("collect_and_cleanup")
            peak = program.kilobytes("status", "VmHWM") / 1024
            figures["program_peak_mb"] = peak
            figures["program_peak_ratio"] = peak / figures["program_pss_mb"]
            time.sleep(SETTLE_SECONDS)
            figures["program_pss_after_mb"] = program.kilobytes("smaps_rollup", "Pss") / 1024
            lines = len(program.scrape().splitlines())

        with Program(binary, folder, False) as program:
            # Whatever is served before, the metrics of the stored generation were made anew by this process.
            program.wait_for("the stored generation", lambda: program.runs("metrics"))
            figures["program_restore_s"] = time.monotonic() - program.started
            figures["program_restore_cpu_s"] = program.cpu_seconds()
            figures["program_restore_complete"] = int(len(program.scrape().splitlines()) > 0.99 * lines)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve())))
