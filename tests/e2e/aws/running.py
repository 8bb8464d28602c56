"""Starting moto, and reading metrics."""

import contextlib
import os
import pathlib
import sys

from conftest import background, free_port, get, wait_for
from prometheus_client.parser import text_string_to_metric_families

# Hundreds of Amazon's own images would come with as many snapshots.
MOTO = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}


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
    """The values of a metric with the labels `where`, by the values of the labels `by`."""
    return {
        tuple(labels[label] for label in by): value
        for labels, value in found.get(name, [])
        if all(labels.get(label) == wanted for label, wanted in where.items())
    }
