"""The `workflows` command against a running server, and hooks in a real run."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading

import pytest

from conftest import BINARY, wait_for

STEPS = [
    "pre_collect",
    "collect",
    "merge_outer_edges",
    "post_collect",
    "pre_cleanup_plan",
    "cleanup_plan",
    "post_cleanup_plan",
    "pre_cleanup",
    "cleanup",
    "post_cleanup",
    "pre_generate_metrics",
    "generate_metrics",
    "post_generate_metrics",
]


def workflows(server, *arguments, code=0):
    command = [BINARY, "workflows", *arguments, "--server", server.url]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == code, answer.stdout + answer.stderr
    return answer.stdout if code == 0 else answer.stderr


def test_the_schedule_is_hourly_and_every_step_is_shown(example):
    assert workflows(example, "list").split() == ["collect_and_cleanup", "collect", "cleanup", "metrics"]
    shown = workflows(example, "show", "collect_and_cleanup")
    assert re.findall(r"name: (\w+)", shown) == STEPS
    assert "cron: 0 * * * *" in shown
    assert "time_zone: UTC" in shown
    assert re.search(r'next_due: "?\d{4}-\d\d-\d\dT\d\d:00:00Z', shown)
    assert "- startup" in shown


def test_a_run_on_demand_is_in_the_history_and_has_a_log(example):
    said = workflows(example, "run", "metrics", "--wait")
    run = re.search(r"metrics started: run (\S+)", said)[1]
    assert re.search(run + r" .* ok ", said)
    assert run in workflows(example, "history", "metrics")
    log = workflows(example, "log", run)
    assert "metrics started: request" in log
    assert re.search(r"generate_metrics: ok after \S+", log)
    assert re.search(r"^metrics +\d+ .* ok ", workflows(example, "history"), re.M)
    assert workflows(example, "running") == "running   nothing\n"


def test_a_wrong_name_is_answered_with_the_right_one(example):
    assert "did you mean `metrics`?" in workflows(example, "run", "metric", code=5)
    assert "no-such-run" in workflows(example, "log", "no-such-run", code=5)


def test_without_a_server_the_command_says_where_it_looked():
    answer = subprocess.run(
        [BINARY, "workflows", "list", "--server", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 5
    assert "127.0.0.1:1" in answer.stderr


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes a hook's requests; refuses those for another path."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["X-Team"], json.loads(body)))
        self.send_response(204 if self.path == "/inventory" else 500)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


PROGRAM = """
import json, os, sys
event = json.load(sys.stdin)
with open(sys.argv[1], "a") as file:
    print(event["event"], os.environ["CLOUDGAUGE_EVENT"], event["outcome"], file=file)
print("hook says", event["event"])
"""


def test_hooks_run_within_their_steps(start, receiver, tmp_path):
    url = f"http://127.0.0.1:{receiver.server_address[1]}"
    program = tmp_path / "hook.py"
    program.write_text(PROGRAM)
    seen = tmp_path / "seen"
    server = start(
        {
            "providers": {"example": {"enabled": True, "resources": 500}},
            "workflows": {"run_on_start": False},
            "hooks": [
                {"name": "program", "on": ["pre_collect", "cleanup"], "run": [sys.executable, str(program), str(seen)]},
                {"name": "post", "on": "post_collect", "http": {"url": f"{url}/inventory", "headers": {"X-Team": "ops"}}},
                {"name": "refused", "on": "post_cleanup", "http": {"url": f"{url}/nothing"}},
                {"name": "wrong", "on": "post_generate_metrics", "run": ["false"], "on_error": "fail"},
                {"name": "late", "on": "pre_cleanup", "run": ["sleep", "60"], "timeout": "1s"},
            ],
        },
        ready=False,
    )
    # A hook that fails makes its step fail only where it says so.
    error = workflows(server, "run", "collect_and_cleanup", "--wait", code=1)
    assert "the run ended as failed" in error

    assert seen.read_text().splitlines() == ["pre_collect pre_collect ok", "cleanup cleanup ok"]
    paths = [(path, team, event["event"]) for path, team, event in receiver.received]
    assert paths == [("/inventory", "ops", "post_collect"), ("/nothing", None, "post_cleanup")]
    event = receiver.received[0][2]
    assert event["workflow"] == "collect_and_cleanup"
    assert event["trigger"] == "request"
    assert [step["step"] for step in event["steps"]][:3] == STEPS[:3]
    assert event["summary"]["collect"]["resources"] > 100

    run = server.api("workflows/history/collect_and_cleanup")[0]
    assert (run["outcome"], run["errors"] > 0, run["warnings"] > 0) == ("failed", True, True)
    log = workflows(server, "log", run["run"])
    for step, hook in [
        ("pre_collect", "program"),
        ("post_collect", "post"),
        ("post_cleanup", "refused"),
        ("post_generate_metrics", "wrong"),
        ("pre_cleanup", "late"),
    ]:
        assert re.search(rf"{step}: .*`{hook}`", log), log
    assert "hook says pre_collect" in log
    # A program that exceeds its time is gone.
    assert not any("sleep\x0060" in arguments for arguments in children_of(server.process.pid))


def children_of(parent):
    """The command lines of a process's children."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat, open(f"/proc/{pid}/cmdline") as line:
                if int(stat.read().rsplit(")", 1)[1].split()[1]) == parent:
                    found.append(line.read())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
