"""What the end-to-end tests share: the program, and the servers it talks to."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CLOUDGAUGE", ROOT / "target" / "debug" / "cloudgauge"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds, check):
    """Calls `check` until it returns something; its last error explains a time-out."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            found = check()
            if found:
                return found
        except Exception as error:  # the thing is not up yet
            last = error
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s ({last})")


def get(url, headers=None):
    request = urllib.request.Request(url, headers=headers or {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, dict(answer.headers), answer.read()


class Server:
    """A running cloudgauge."""

    def __init__(self, process, port, log):
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = log

    def scrape(self, accept="text/plain"):
        return get(f"{self.url}/metrics", {"Accept": accept})[2].decode()

    def ready(self):
        try:
            return get(f"{self.url}/-/ready")[0] == 200
        except urllib.error.HTTPError:
            return False

    def run(self, workflow):
        """Runs a workflow to its end and returns its history entry."""
        answer = subprocess.run(
            [BINARY, "workflows", "run", workflow, "--wait", "--server", self.url],
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr + self.text()
        return answer.stdout

    def text(self):
        return self.log.read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


@pytest.fixture
def start(tmp_path):
    """Starts cloudgauge with a configuration (as an object), and stops it afterwards."""
    servers = []

    def begin(config, env=None, ready=True):
        port = free_port()
        number = len(servers)
        file = tmp_path / f"cloudgauge-{number}.yaml"
        config = {"web": {"listen_addresses": [f"127.0.0.1:{port}"]}, **config}
        file.write_text(json.dumps(config))
        log = tmp_path / f"cloudgauge-{number}.log"
        process = subprocess.Popen(
            [BINARY, "serve", f"--config.file={file}"],
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=tmp_path,
        )
        server = Server(process, port, log)
        servers.append(server)

        def up():
            assert process.poll() is None, server.text()
            return server.ready() if ready else get(f"{server.url}/-/healthy")

        wait_for("cloudgauge", 120, up)
        return server

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def example(start):
    """cloudgauge with the example inventory and our own metrics, after its first run."""
    return start({"providers": {"example": {"enabled": True}}})


@contextlib.contextmanager
def background(arguments, log, **options):
    """A server of somebody else, stopped at the end."""
    with open(log, "w") as out:
        process = subprocess.Popen(arguments, stdout=out, stderr=subprocess.STDOUT, **options)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()


@pytest.fixture
def moto(tmp_path):
    """A real AWS API server; its state is gone with it."""
    port = free_port()
    log = tmp_path / "moto.log"
    with background([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], log):
        url = f"http://127.0.0.1:{port}"
        wait_for("moto", 60, lambda: get(f"{url}/moto-api/data.json"))
        yield url
