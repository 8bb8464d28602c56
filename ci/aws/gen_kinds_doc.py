#!/usr/bin/env python3
"""Write docs/aws-kinds.md: every kind of AWS, the calls it takes, and how each is covered by tests.

    gen_kinds_doc.py            rewrite the file
    gen_kinds_doc.py --check    exit 1 if the committed file is not what catalogue and moto yield

Needs what the end-to-end tests need: the table says what moto serves.
"""

import fnmatch
import json
import pathlib
import sys

from check_catalogue import ROOT, entries

FILE = ROOT / "docs/aws-kinds.md"
sys.path[:0] = [str(ROOT / "tests/e2e/aws"), str(ROOT / "tests/e2e")]

from cloud import KINDS, OTHER_KINDS, UNSERVED
from stand_in import lacks, reads

HEAD = """# The kinds of AWS

What `cloudgauge kinds --provider=aws` lists, with the calls each takes, and how each is tested. `ci/aws/gen_kinds_doc.py`
writes this page from the catalogue.

All {count} kinds that are listed pass these checks:

- **Lint**: every call, parameter, path and enum value exists in botocore's models (`ci/aws/check_catalogue.py`).
- **Fixture**: an item with every member that the models know maps to a reviewed snapshot, and to the same by a second
  reading of the catalogue in Python (`tests/fixtures/aws`, `tests/e2e/aws/test_fixtures.py`).
- **Random answers**: answers made up from botocore's models are read as botocore reads them
  (`tests/run --random-answers`), for each of the {operations} operations in use that answer anything.
- **Protocols**: AWS's own suites for makers of SDKs (`tests/it/aws_protocols.rs`).

Live, against moto, with small pages, two accounts and two regions:

| in the table | meaning | kinds |
|---|---|---|
| by hand | every field, tag and edge equals what is mapped by hand from boto3's answers, and by the second reading | {by_hand} |
| yes | equals the second reading of the catalogue over boto3's answers | {yes} |
| repaired | the same, after an operation that moto lacks was added to it or made up (`moto_server.py`, `stand_in.py`) | {repaired} |
| made up | the same, of answers that a stand-in makes up from botocore's models, since moto does not serve it | {made_up} |

A kind without calls for tags takes none at AWS, or changing them would do more than that.

| kind | listed and detailed with | deleted with | tagged with | live |
|---|---|---|---|---|
"""


def main():
    text = page()
    if sys.argv[1:] != ["--check"]:
        FILE.write_text(text)
    elif FILE.read_text() != text:
        sys.exit(f"{FILE.relative_to(ROOT)} is not what the catalogue yields; run ci/aws/gen_kinds_doc.py")


def page():
    schema = json.loads((ROOT / "src/provider/aws/schema.json").read_text())["services"]
    operations = [operation for service in schema.values() for operation in service["operations"].values()]
    rows, counts = [], dict.fromkeys(("by hand", "yes", "repaired", "made up"), 0)
    for entry in sorted(entries(), key=lambda entry: entry["kind"]):
        if "list" not in entry:
            continue
        counts[live(entry)] += 1
        cells = [f"`{entry['kind']}`", calls(reads(entry)), calls(deletes(entry)), calls(tags(entry)), live(entry)]
        rows.append("| " + " | ".join(cells) + " |")
    numbers = {name.replace(" ", "_"): count for name, count in counts.items()}
    answering = sum("output" in operation for operation in operations)
    return HEAD.format(count=len(rows), operations=answering, **numbers) + "\n".join(rows) + "\n"


def deletes(entry):
    if "delete" not in entry:
        return []
    return [step["call"] for step in entry["delete"].get("before", [])] + [entry["delete"]["call"]]


def tags(entry):
    return [entry["tag"][way]["call"] for way in ("set", "remove")] if "tag" in entry else []


def calls(names):
    return " ".join(f"`{name}`" for name in dict.fromkeys(names))


def live(entry):
    kind = entry["kind"]
    if matches(kind, UNSERVED):
        return "made up"
    if any(lacks(call) for call in reads(entry)):
        return "repaired"
    return "by hand" if matches(kind, KINDS) and not matches(kind, OTHER_KINDS) else "yes"


def matches(kind, patterns):
    return any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns)


if __name__ == "__main__":
    main()
