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
        except AssertionError:  # it will never be
            raise
        except Exception as error:  # the thing is not up yet
            last = error
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s ({last})")


def get(url, headers=None):
    request = urllib.request.Request(url, headers=headers or {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers, answer.read()


class Server:
    """A running cloudgauge."""

    def __init__(self, process, port, file, log):
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.file = file
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

    def search(self, query, limit=100_000):
        """The documents that match, or a row for each group."""
        answer = self.api("search", {"query": query, "limit": limit})
        assert not answer["truncated"], query
        return answer["rows"]

    def api(self, path, body=None):
        """Asks the API; with a body, posts it."""
        headers = {"X-Cloudgauge-Client": "tests"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def reconfigure(self, config):
        """Replaces the configuration, but for the address, and waits until it is in force."""
        web = json.loads(self.file.read_text())["web"]
        self.file.write_text(json.dumps({"web": web, **config}))
        reloads = self.text().count("definitions and rules are in force")
        self.process.send_signal(signal.SIGHUP)
        wait_for("the reload", 30, lambda: self.text().count("definitions and rules are in force") > reloads)

    def text(self):
        return self.log.read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


@contextlib.contextmanager
def serving(directory, config, env=None, ready=True):
    """cloudgauge with a configuration (as an object), stopped at the end."""
    port = free_port()
    file = directory / f"cloudgauge-{port}.yaml"
    file.write_text(json.dumps({"web": {"listen_addresses": [f"127.0.0.1:{port}"]}, **config}))
    log = directory / f"cloudgauge-{port}.log"
    process = subprocess.Popen(
        [BINARY, "serve", f"--config.file={file}"],
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
        cwd=directory,
    )
    server = Server(process, port, file, log)

    def up():
        if process.poll() is not None:
            pytest.fail(server.text())
        return server.ready() if ready else get(f"{server.url}/-/healthy")

    try:
        wait_for("cloudgauge", 120, up)
        yield server
    finally:
        server.stop()


@pytest.fixture
def start(tmp_path):
    """Starts cloudgauge with a configuration (as an object), and stops it afterwards."""
    with contextlib.ExitStack() as servers:
        yield lambda *arguments, **options: servers.enter_context(serving(tmp_path, *arguments, **options))


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """cloudgauge with the example inventory and our own metrics, after its first run; for tests that change nothing."""
    with serving(tmp_path_factory.mktemp("example"), {"providers": {"example": {"enabled": True}}}) as server:
        wait_for("the first run", 60, lambda: not server.api("workflows/running").get("active"))
        yield server


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


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """An AWS cloud with everything in it, collected; for tests that change nothing."""
    # Beside the tests that ask for it.
    from world import collected

    with collected(tmp_path_factory.mktemp("world")) as world:
        yield world
