#!/usr/bin/env python3
"""Derive src/provider/aws/schema.json from botocore's service models.

The schema is the models themselves, pruned: only the operations that the catalogue calls, only the shapes they reach,
only the traits that change what goes over the wire. No documentation, constraints, error shapes or enums.

    gen_schema.py            rewrite the file
    gen_schema.py --check    exit 1 and say what differs if the committed file is not what this botocore yields

Needs botocore and PyYAML.
"""

import argparse
import difflib
import json
import pathlib
import sys

import botocore
import botocore.exceptions
import yaml
from botocore.loaders import Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ROOT / "src/provider/aws/kinds"
SCHEMA = ROOT / "src/provider/aws/schema.json"

# What the transport itself calls, whatever the catalogue says.
TRANSPORT = [
    "cloudwatch:GetMetricData",
    "ec2:DescribeRegions",
    "iam:ListAccountAliases",
    "iam:SimulatePrincipalPolicy",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
    "pricing:GetProducts",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
]

# The protocols the transport speaks, the preferred one first.
PROTOCOLS = ["ec2", "json", "query", "rest-json", "rest-xml"]

METADATA = [
    "apiVersion", "awsQueryCompatible", "endpointPrefix", "jsonVersion",
    "serviceId", "signatureVersion", "signingName", "targetPrefix",
]
TRAITS = [
    "document", "flattened", "hostLabel", "idempotencyToken", "jsonvalue", "location", "locationName", "payload",
    "queryName", "required", "streaming", "timestampFormat", "wrapper", "xmlAttribute", "xmlNamespace",
]
OPERATION_TRAITS = ["authtype", "endpoint", "httpChecksumRequired"]
PAGINATOR = ["input_token", "limit_key", "more_results", "output_token", "result_key"]

loader = Loader(include_default_search_paths=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    text = render({service: prune(service, names) for service, names in sorted(operations().items())})
    if not arguments.check:
        SCHEMA.write_text(text)
        print(f"{SCHEMA.relative_to(ROOT)}: {len(text)} bytes")
        return 0
    committed = SCHEMA.read_text() if SCHEMA.exists() else ""
    if committed == text:
        return 0
    sys.stderr.writelines(
        difflib.unified_diff(
            committed.splitlines(True), text.splitlines(True), "committed", f"botocore {botocore.__version__}", n=0
        )
    )
    sys.stderr.write("schema.json is not what the catalogue and this botocore yield; run ci/aws/gen_schema.py\n")
    return 1


def operations():
    """The operations to keep, as {service: {operation}}."""
    names = set(TRANSPORT)
    for path in sorted(KINDS.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            names.update(calls(document))
    kept = {}
    for name in names:
        service, operation = name.split(":")
        kept.setdefault(service, set()).add(operation)
    return kept


def calls(node):
    """Every value of a `call` key below a YAML node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "call" and isinstance(value, str):
                yield value
            else:
                yield from calls(value)
    elif isinstance(node, list):
        for value in node:
            yield from calls(value)


def prune(service, names):
    model = loader.load_service_model(service, "service-2")
    metadata = {key: model["metadata"][key] for key in METADATA if key in model["metadata"]}
    metadata["protocol"] = protocol(service, model["metadata"])
    shapes = {}
    kept = {}
    for name in sorted(names):
        if name not in model["operations"]:
            sys.exit(f"{service} has no operation {name!r}")
        kept[name] = operation(model, model["operations"][name], shapes)
    pages = paginators(service, model)
    return {
        "metadata": metadata,
        "operations": kept,
        "paginators": {name: paginator(model, name, pages[name]) for name in sorted(names) if name in pages},
        "shapes": dict(sorted(shapes.items())),
    }


def protocol(service, metadata):
    offered = [metadata["protocol"], *metadata.get("protocols", [])]
    for name in PROTOCOLS:
        if name in offered:
            return name
    sys.exit(f"{service} speaks none of {PROTOCOLS}, only {offered}")


def operation(model, source, shapes):
    kept = {"http": {key: source["http"][key] for key in ("method", "requestUri")}}
    for side in ("input", "output"):
        if side in source:
            kept[side] = reference(model, source[side], shapes)
            if "resultWrapper" in source[side]:
                kept[side]["resultWrapper"] = source[side]["resultWrapper"]
    for key in OPERATION_TRAITS:
        if key in source:
            kept[key] = source[key]
    if source.get("httpChecksum", {}).get("requestChecksumRequired"):
        kept["httpChecksumRequired"] = True
    return kept


def reference(model, source, shapes):
    """A reference to a shape, which joins the kept shapes with everything below it."""
    name = source["shape"]
    if name not in shapes:
        definition = model["shapes"][name]
        kept = shapes[name] = {"type": definition["type"], **traits(definition)}
        # The service sends these as paths, and takes only what is behind the last slash.
        if name in {"ResourceId", "ChangeId", "DelegationSetId"} and model["metadata"]["serviceId"] == "Route 53":
            kept["lastSegment"] = True
        # The service sends these percent-encoded; botocore decodes them in a handler.
        if name == "policyDocumentType" and model["metadata"]["serviceId"] == "IAM":
            kept["urlEncodedJson"] = True
        if "members" in definition:
            kept["members"] = {
                member: reference(model, target, shapes) for member, target in definition["members"].items()
            }
        for part in ("member", "key", "value"):
            if part in definition:
                kept[part] = reference(model, definition[part], shapes)
    return {"shape": name, **traits(source)}


def traits(source):
    return {key: source[key] for key in TRAITS if key in source and source[key] not in (False, [])}


def paginators(service, model):
    try:
        known = loader.load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.DataNotFoundError:
        known = {}
    derived = {name: derived_paginator(model, operation) for name, operation in model["operations"].items()}
    return {**{name: page for name, page in derived.items() if page}, **known}


def derived_paginator(model, operation):
    """How an operation is paged that botocore has no paginator for: a token goes in that another answer gave out."""

    def members(side):
        return model["shapes"][operation[side]["shape"]].get("members", {}) if side in operation else {}

    def find(names, members):
        return next((name for name in members if name.lower() in names), None)

    tokens = {"nexttoken", "nextmarker", "marker", "token", "position"}
    given, taken = find(tokens, members("output")), find(tokens, members("input"))
    if not given and len(members("output")) == 1:
        # CloudFront has lists within answers, each with its own marker.
        ((name, outer),) = members("output").items()
        inner = find({"nextmarker"}, model["shapes"][outer["shape"]].get("members", {}))
        given = inner and f"{name}.{inner}"
    if not given or not taken:
        return None
    limit = find({"maxresults", "maxitems", "maxrecords", "limit", "pagesize"}, members("input"))
    return {"input_token": taken, "output_token": given, **({"limit_key": limit} if limit else {})}


def paginator(model, name, page):
    kept = {key: page[key] for key in PAGINATOR if key in page}
    if "limit_key" in page:
        members = model["shapes"][model["operations"][name]["input"]["shape"]]["members"]
        limit = model["shapes"][members[page["limit_key"]]["shape"]]
        kept.update({f"limit_{bound}": limit[bound] for bound in ("min", "max") if bound in limit})
    return kept


def render(services):
    """JSON with one operation or shape a line, so that a change of the models reads as a diff."""
    lines = ["{", f'"source": "botocore {botocore.__version__}, Apache-2.0",', '"services": {']
    for number, (service, parts) in enumerate(services.items()):
        lines.append(f"{compact(service)}: {{")
        lines.append(f'"metadata": {compact(parts["metadata"])},')
        for part in ("operations", "paginators", "shapes"):
            entries = [f"{compact(name)}: {compact(entry)}" for name, entry in parts[part].items()]
            lines.append(f'"{part}": {{')
            lines.extend(entry + "," for entry in entries[:-1])
            lines.extend(entries[-1:])
            lines.append("}," if part != "shapes" else "}")
        lines.append("}," if number + 1 < len(services) else "}")
    return "\n".join([*lines, "}", "}", ""])


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
