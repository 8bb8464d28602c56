"""A real Prometheus scrapes the program, and judges that are not ours read its bodies."""

import gzip
import http.server
import json
import re
import subprocess
import threading
import urllib.parse

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from conftest import ROOT, background, free_port, get, wait_for

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
DASHBOARDS = sorted((ROOT / "dashboards").glob("*.json"))


def samples(families):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def lint(body):
    return subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True)


def test_promtool_finds_nothing_to_complain_about(example):
    answer = lint(example.scrape())
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_promtool_complains_of_resotos_names_alone(start):
    server = start({"providers": {"example": {"enabled": True}}, "metrics": {"compat": "resoto"}})
    complaints = lint(server.scrape()).stderr.splitlines()
    # The original's gauges are called totals, and dashboards know them by that name.
    known = re.compile(r'resoto_\w+ non-counter metrics should not have "_total" suffix')
    assert [complaint for complaint in complaints if not known.fullmatch(complaint)] == []
    assert complaints
    assert list(openmetrics(server.scrape(OPENMETRICS)))


def moves(name):
    """Whether a sample of cloudgauge about itself may differ between two scrapes."""
    return name.startswith(("process_", "cloudgauge_exposition_", "cloudgauge_workflow_"))


def test_both_formats_parse_and_say_the_same(example):
    def steady(families):
        return {key: value for key, value in samples(families).items() if not moves(key[0])}

    text = steady(text_format(example.scrape()))
    assert steady(openmetrics(example.scrape(OPENMETRICS))) == text
    assert any(name == "cloudgauge_instances" for name, _ in text)


@pytest.mark.parametrize("accept", ["text/plain", OPENMETRICS])
def test_a_compressed_body_is_the_same_body(example, accept):
    _, headers, plain = get(f"{example.url}/metrics", {"Accept": accept})
    _, packed_headers, packed = get(f"{example.url}/metrics", {"Accept": accept, "Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in headers
    assert packed_headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"] == packed_headers["Content-Type"]
    own = lambda body: [line for line in body.decode().splitlines() if not moves(line)]
    assert own(gzip.decompress(packed)) == own(plain)
    assert len(packed) < len(plain) / 5


def expressions(dashboard):
    """Every expression of a dashboard, with its panel's title and its variables filled in as `All`."""
    variables = {
        variable["name"]: variable.get("allValue") or ".+" for variable in dashboard["templating"]["list"]
    }
    builtin = {"__rate_interval": "1m", "__interval": "1m", "__range": "1h"}

    def walk(panels):
        for panel in panels:
            yield from walk(panel.get("panels", []))
            for target in panel.get("targets", []):
                text = target["expr"]
                for name, value in {**variables, **builtin}.items():
                    text = re.sub(r"\$\{?" + name + r"(:\w+)?\}?(?!\w)", value, text)
                yield panel["title"], text

    return list(walk(dashboard["panels"]))


class OnlyText(http.server.BaseHTTPRequestHandler):
    """Passes scrapes on as a scraper would ask that knows the text format alone."""

    def do_GET(self):
        status, headers, body = get(self.server.target + self.path, {"Accept": "text/plain", "Accept-Encoding": "gzip"})
        self.send_response(status)
        for name in ("Content-Type", "Content-Encoding"):
            self.send_header(name, headers[name])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def only_text(example):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnlyText)
    server.target = example.url
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest.fixture
def prometheus(example, only_text, tmp_path):
    """A Prometheus that scrapes the example inventory: in OpenMetrics, which it prefers, and in the text format."""
    port = free_port()
    job = lambda name, port: {
        "job_name": name,
        "honor_labels": True,
        "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
    }
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [job("cloudgauge", example.port), job("text", only_text)],
    }
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps(config))
    arguments = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with background(arguments, tmp_path / "prometheus.log"):
        url = f"http://127.0.0.1:{port}"
        query = lambda text: json.loads(get(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': text})}")[2])["data"]["result"]
        wait_for("the first scrapes", 60, lambda: len(query("count by (job) (cloudgauge_instances)")) == 2)
        yield query


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_expression_of_the_dashboard_has_data(prometheus, file):
    found = expressions(json.loads(file.read_text()))
    assert found
    # Rates need two scrapes.
    wait_for("a second scrape", 30, lambda: float(prometheus("min(count_over_time(up[1m]))")[0]["value"][1]) >= 3)
    empty = [f"{title}: {text}" for title, text in found if not prometheus(text)]
    assert empty == []


def test_prometheus_takes_every_series_in_both_formats(prometheus, example):
    assert [row["value"][1] for row in prometheus("up")] == ["1", "1"]
    count = lambda selector: [int(row["value"][1]) for row in prometheus(f"count by (job) ({selector})")]
    own = sum(1 for line in example.scrape().splitlines() if line.startswith("cloudgauge_"))
    assert count('{__name__=~"cloudgauge_.+"}') == [own, own]
    assert [row["value"][1] for row in prometheus("scrape_samples_post_metric_relabeling - scrape_samples_scraped")] == [
        "0",
        "0",
    ]
