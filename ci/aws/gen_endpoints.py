#!/usr/bin/env python3
"""Derive src/provider/aws/endpoints.json: AWS's partitions, and the services whose host names are irregular.

Nearly every endpoint is `{prefix}[-fips].{region}.{suffix}`. This evaluates botocore's endpoint rules for every service
of the schema in every region, with and without FIPS and dual stack, and keeps what differs from that.

    gen_endpoints.py [--check]

Needs botocore.
"""

import argparse
import collections
import json
import pathlib
import sys

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "src/provider/aws/schema.json"
ENDPOINTS = ROOT / "src/provider/aws/endpoints.json"
VARIANTS = {"plain": (False, False), "fips": (True, False), "dual": (False, True), "fips_dual": (True, True)}

loader = Loader(include_default_search_paths=True)
rules = loader.load_data("partitions")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    services = json.loads(SCHEMA.read_text())["services"]
    found = {name: exceptions(name, service["metadata"]["endpointPrefix"]) for name, service in services.items()}
    text = render([partition(rule) for rule in rules["partitions"]], {k: v for k, v in found.items() if v})
    if not arguments.check:
        ENDPOINTS.write_text(text)
        print(f"{ENDPOINTS.relative_to(ROOT)}: {len(text)} bytes")
        return 0
    if ENDPOINTS.exists() and ENDPOINTS.read_text() == text:
        return 0
    sys.stderr.write(f"endpoints.json is not what botocore {botocore.__version__} yields; run ci/aws/gen_endpoints.py\n")
    return 1


def partition(rule):
    outputs = rule["outputs"]
    return {
        "id": rule["id"],
        "dns_suffix": outputs["dnsSuffix"],
        "dual_stack_dns_suffix": outputs["dualStackDnsSuffix"],
        "global_region": outputs["implicitGlobalRegion"],
        "region_pattern": rule["regionRegex"],
        "regions": regions(rule),
    }


def regions(rule):
    return sorted(name for name in rule["regions"] if not name.endswith("-global"))


def exceptions(service, prefix):
    """{partition: {variant: [{host, signing_region?, regions?}]}}; an entry without regions is for all the others."""
    provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), rules)
    parameters = provider.ruleset.parameters
    found = {}
    for rule in rules["partitions"]:
        for variant, (fips, dual) in VARIANTS.items():
            hosts = collections.defaultdict(list)
            for region in regions(rule):
                arguments = {
                    "Region": region, "UseFIPS": fips, "UseDualStack": dual,
                    "UseS3ExpressControlEndpoint": False, "RequiresAccountId": False,
                }
                try:
                    endpoint = provider.resolve_endpoint(**{k: v for k, v in arguments.items() if k in parameters})
                except EndpointProviderError:
                    continue
                schemes = endpoint.properties.get("authSchemes") or [{}]
                signing = schemes[0].get("signingRegion") or region
                host = endpoint.url.removeprefix("https://")
                suffix = rule["outputs"]["dualStackDnsSuffix" if dual else "dnsSuffix"]
                regular = f"{prefix}{'-fips' if fips else ''}.{region}.{suffix}"
                if (host, signing) == (regular, region):
                    hosts[None].append(region)
                else:
                    hosts[host.replace(f".{region}.", ".{region}."), signing if signing != region else None].append(region)
            entries = [entry(key, names) for key, names in hosts.items() if key]
            if entries:
                # The one that most regions share needs no list, unless some regions are regular.
                largest = max(entries, key=lambda e: len(e["regions"]))
                if None not in hosts:
                    del largest["regions"]
                found.setdefault(rule["id"], {})[variant] = sorted(entries, key=lambda e: (e.get("regions", ["~"]), e["host"]))
    return found


def entry(key, names):
    host, signing = key
    return {"host": host, **({"signing_region": signing} if signing else {}), "regions": names}


def render(partitions, found):
    lines = ["{", f'"source": "botocore {botocore.__version__}, Apache-2.0",', '"partitions": [']
    lines.append(",\n".join(compact(each) for each in partitions))
    lines += ["],", '"exceptions": {']
    lines.append(
        ",\n".join(
            f"{compact(service)}: {{\n" + ",\n".join(f"{compact(k)}: {compact(v)}" for k, v in parts.items()) + "\n}"
            for service, parts in found.items()
        )
    )
    return "\n".join([*lines, "}", "}", ""])


def compact(value):
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
