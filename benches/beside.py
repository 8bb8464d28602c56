"""Measures the engine beside DuckDB, Polars and SQLite: the same inventory, the same 44 metrics, one run.

    benches/beside.py BENCH PROGRAM [SIZE ...]

BENCH is the compiled benchmark `scale`, PROGRAM the program itself, which is given the same files; sizes are numbers of resources, 100,000 and 1,000,000 unless given. Inventories
and the reference answers come from ../shared/bench beside the checkout and are kept in target/inventories. Every
engine's answers are compared with the reference, row by row. Prints tables; figures that have a limit say whether it
holds, and the exit code is 1 if an answer is wrong or a limit broken.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import program

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT.parent / "shared" / "bench"
KEPT = ROOT / "target" / "inventories"
PEERS = ["duckdb", "polars", "sqlite"]
SEED = 42
MILLION = 1_000_000
REPETITIONS = 7
# Beyond this size the peers need more memory than a small machine has; only our own figures are taken.
PEERS_UP_TO = 2_000_000
# The reference walks the graph from every node and every label: an hour at ten million.
REFERENCE_UP_TO = 2_000_000


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def accounts_by_size(directory):
    """The position of each account, smallest first; an account ends where the next begins."""
    sizes = []
    with open(directory / "nodes.ndjson", encoding="utf-8") as nodes:
        for line in nodes:
            # The kinds stand before everything that could repeat these words.
            if '"account","resource"]' in line[:160]:
                sizes.append(0)
            if sizes:
                sizes[-1] += 1
    return sorted(range(len(sizes)), key=lambda position: sizes[position])


def inventory(size):
    """An inventory, the same with its account of median size collected again, and the reference's answers."""
    directory = KEPT / str(size)
    again = KEPT / f"{size}-again"
    if not (directory / "meta.json").exists():
        print(f"generating {size:,} resources", file=sys.stderr)
        run(sys.executable, TOOLS / "gen.py", size, directory, "--seed", SEED)
    if not (again / "meta.json").exists():
        accounts = accounts_by_size(directory)
        epoch = f"{accounts[len(accounts) // 2]}:1"
        run(sys.executable, TOOLS / "gen.py", size, again, "--seed", SEED, "--epoch-of", epoch)
    if size <= REFERENCE_UP_TO and not (directory / "expected.json").exists():
        print("computing the reference's answers", file=sys.stderr)
        run(sys.executable, TOOLS / "ref.py", directory)
    return directory, again


def ours(bench, directory, again):
    with tempfile.TemporaryDirectory() as answers:
        rows = pathlib.Path(answers) / "rows.json"
        figures = json.loads(run(bench, directory, again, rows))
        if (directory / "expected.json").exists():
            check = subprocess.run([sys.executable, TOOLS / "ref.py", "--check", directory, rows], stdout=subprocess.PIPE, text=True)
            figures["check"] = check.stdout.strip()
        else:
            figures["check"] = "no reference"
    return figures


def peer(name, directory):
    answer = json.loads(run(sys.executable, TOOLS / "peers.py", name, directory, "--reps", REPETITIONS).splitlines()[-1])
    memory = answer.get("rss_query_only_mb") or answer.get("rss_mb_after_anc") or answer["rss_mb_after_load"]
    return {
        "load_s": answer["load_s"] + answer.get("anc_s", 0),
        "load_cpu_s": answer["load_cpu_s"] + answer.get("anc_cpu_s", 0),
        # Where an engine was tried in two layouts, the faster one stands.
        "evaluate_ms": min(answer["q44_ms"], answer.get("q44_perkind_ms", answer["q44_ms"])),
        "evaluate_cpu_ms": min(answer["q44_cpu_ms"], answer.get("q44_perkind_cpu_ms", answer["q44_cpu_ms"])),
        "memory_mb": memory,
        "check": answer["check"] if isinstance(answer["check"], str) else "WRONG",
    }


class Table:
    """Rows of text, aligned."""

    def __init__(self, *head):
        self.rows = [head]

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def __str__(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(len(self.rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in self.rows)


def limits(figures, peers):
    """What, the figure, the limit as text, and whether it holds; they are meant for a million resources."""
    evaluate = figures["evaluate_ms"]
    if "duckdb" in peers:
        duckdb = peers["duckdb"]["evaluate_ms"]
        yield "evaluation, times faster than DuckDB", duckdb / evaluate, ">= 8", lambda x: x >= 8
        yield "with rendering, times faster than DuckDB's queries", duckdb / figures["generate_ms"], ">= 3", lambda x: x >= 3
    if "polars" in peers:
        yield "evaluation, times faster than Polars", peers["polars"]["evaluate_ms"] / evaluate, ">= 3.5", lambda x: x >= 3.5
    yield "44 definitions, 400 as a multiple", figures["evaluate_400_ms"] / evaluate, "< 10", lambda x: x < 10
    yield "two hops from all running instances, ms", figures["two_hops_ms"], "< 50", lambda x: x < 50
    yield "volumes without an instance, ms", figures["with_empty_ms"], "< 50", lambda x: x < 50
    yield "regular expression over all names, ms", figures["regex_ms"], "< 100", lambda x: x < 100
    whole = figures["load_ms"] + figures["generate_ms"] + figures["compress_ms"]
    yield "one account again, share of the whole", figures["again_ms"] / whole, "< 0.02", lambda x: x < 0.02
    yield "one account again, same bytes as a full rebuild", float(figures["again_identical"]), "= 1", lambda x: x == 1
    for when, figure in [("", "program_pss_mb"), (" after the second collection", "program_pss_after_mb")]:
        yield f"memory, bytes a resource{when}", figures[figure] * 2**20 / MILLION, "<= 450", lambda x: x <= 450
    yield "peak of the next collection, multiple", figures["program_peak_ratio"], "<= 1.6", lambda x: x <= 1.6
    yield "started to complete page, s", figures["program_restore_s"], "< 5", lambda x: x < 5
    yield "that page is complete", float(figures["program_restore_complete"]), "= 1", lambda x: x == 1


def measure(bench, binary, size):
    directory, again = inventory(size)
    peers = {name: peer(name, directory) for name in PEERS} if size <= PEERS_UP_TO else {}
    figures = ours(bench, directory, again)
    figures |= program.measure(binary, directory, again)
    print(f"\n{size:,} resources, {figures['edges']:,} edges, {figures['series']:,} series\n")
    table = Table("engine", "load s", "load cpu s", "44 metrics ms", "cpu ms", "memory MB", "answers")
    table.add(
        "cloudgauge",
        f"{figures['load_ms'] / 1e3:.1f}",
        f"{figures['load_cpu_ms'] / 1e3:.1f}",
        f"{figures['evaluate_ms']:.1f}",
        f"{figures['evaluate_cpu_ms']:.1f}",
        f"{figures['program_pss_mb']:.0f}",
        figures["check"],
    )
    for name, peer_figures in peers.items():
        table.add(
            name,
            f"{peer_figures['load_s']:.1f}",
            f"{peer_figures['load_cpu_s']:.1f}",
            f"{peer_figures['evaluate_ms']:.1f}",
            f"{peer_figures['evaluate_cpu_ms']:.1f}",
            f"{peer_figures['memory_mb']:.0f}",
            peer_figures["check"],
        )
    print(table)
    details = Table("cloudgauge", "")
    for key, value in figures.items():
        if key != "check":
            details.add(key, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    print(f"\n{details}")
    verdicts = Table("figure", "measured", "limit", "")
    right = figures["check"] in ("OK", "no reference") and all(p["check"] == "OK" for p in peers.values())
    for what, value, limit, holds in limits(figures, peers) if size == MILLION else ():
        right &= holds(value)
        verdicts.add(what, f"{value:.3g}", limit, "holds" if holds(value) else "BROKEN")
    if size == MILLION:
        print(f"\n{verdicts}")
    return right


def main():
    if not TOOLS.exists():
        print(f"{TOOLS} is not there: nothing to compare with, skipped")
        return 0
    bench, binary, *sizes = sys.argv[1:]
    sizes = [int(size) for size in sizes] or [100_000, MILLION]
    KEPT.mkdir(parents=True, exist_ok=True)
    return 0 if all([measure(bench, binary, size) for size in sizes]) else 1


if __name__ == "__main__":
    sys.exit(main())
