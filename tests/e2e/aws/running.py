"""Starting moto, and reading metrics."""

import contextlib
import os
import pathlib
import subprocess
import sys

from conftest import BINARY, background, free_port, get, wait_for
from prometheus_client.parser import text_string_to_metric_families

# Hundreds of Amazon's own images would come with as many snapshots; certificates are issued at once.
MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_ACM_VALIDATION_WAIT": "0"}
# Workflows run only when a test says so.
ON_REQUEST = {"schedules": {}, "run_on_start": False}


@contextlib.contextmanager
def moto(directory):
    """A fresh moto; its state is gone with it."""
    port = free_port()
    script = pathlib.Path(__file__).with_name("moto_server.py")
    with background([sys.executable, script, str(port)], directory / f"moto-{port}.log", env={**os.environ, **MOTO}):
        url = f"http://127.0.0.1:{port}"
        wait_for("moto", 60, lambda: get(f"{url}/moto-api/data.json"))
        yield url


def samples(text):
    """name -> list of (labels, value)."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def values(found, name, *by, **where):
    """The values of a metric with the labels `where`, by the value of the label `by`, or the values of several."""
    chosen = {}
    for labels, value in found.get(name, []):
        if all(labels.get(label) == wanted for label, wanted in where.items()):
            key = tuple(labels[label] for label in by)
            chosen[key if len(key) > 1 else key[0]] = value
    return chosen


def run(server, workflow):
    """Runs a workflow and returns the metrics that follow from it, and the log of the run.

    The page follows the end of a run by a moment; the run's own last step in it tells that it has.
    """
    steps = {"workflow": workflow, "phase": "post_generate_metrics"}

    def ended():
        outcomes = values(samples(server.scrape()), "cloudgauge_workflow_phase_outcomes_total", "outcome", **steps)
        return sum(outcomes.values())

    before = ended()
    answer = subprocess.run(
        [BINARY, "workflows", "run", workflow, "--wait", "--server", server.url],
        capture_output=True,
        text=True,
        timeout=300,
    )
    # A run may well fail in part; what it says of that is what tests look at.
    wait_for("the page after the run", 10, lambda: ended() == before + 1)
    last = server.api(f"workflows/history/{workflow}?limit=1")[0]["run"]
    lines = [line["text"] for line in server.api(f"workflows/log/{last}")["lines"]]
    return samples(server.scrape()), "\n".join(lines), answer
