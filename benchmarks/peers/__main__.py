"""Our plan beside those of other methods, on one generated market, in the same wall time.

    python -m benchmarks.peers --accounts 1000 --reps 20 --seed 1 --time 60 [--json] [-o FOLDER]

Every plan is valued by our audit: cost with priced breaches, violations, and the gap to the best bound
that anyone proved for the full problem.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.peers.market import Market
from benchmarks.peers.race import PEERS, Finish, Limits, Size, race
from benchmarks.peers.table import rows, text_table, write_csv, write_plot
from benchmarks.scale import POLICY

_PACKAGES = ("numpy", "scipy", "numba", "ortools", "k-means-constrained")


def compare(size: Size, limits: Limits, peers: list[str]) -> tuple[dict[str, Any], list[Any]]:
    """Figures of the whole comparison, fit for JSON, and its rows."""
    problem = size.problem()
    fingerprint = problem.fingerprint()
    finishes: list[tuple[str, Finish]] = []
    for peer in peers:
        print(f"{peer} …", file=sys.stderr, flush=True)
        finishes.append((peer, race(PEERS[peer], size, limits, fingerprint)))
    table, bound = rows(finishes, Market(problem, POLICY))
    figures = {
        **asdict(size),
        "time_s": limits.time_s,
        "workers": limits.workers,
        "candidates": limits.candidates,
        "bound": bound,
        "peers": [asdict(row) for row in table],
        "cores": os.cpu_count(),
        "versions": {"python": platform.python_version()} | _versions(),
    }
    return figures, table


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _memory_mib() -> float:
    """Four fifths of this machine's memory."""
    try:
        return 0.8 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (OSError, ValueError):
        return float("inf")


def main(words: list[str] | None = None) -> int:
    """Read the command line, run the peers one after the other, print and write."""
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0, help="seconds of wall time for each peer")
    parser.add_argument("--workers", type=int, default=2, help="threads for each peer that can use them")
    parser.add_argument(
        "--candidates", type=int, default=10, help="reps a unit for CP-SAT and HiGHS beyond 60,000 pairs"
    )
    parser.add_argument("--grace", type=float, help="seconds after which a late peer is ended")
    parser.add_argument("--memory", type=float, default=_memory_mib(), help="MiB that a peer may use")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS), help="some peers only")
    parser.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
    parser.add_argument("-o", "--output", type=Path, help="folder for peers.csv and peers.png")
    given = parser.parse_args(words)
    grace = 15.0 + 0.2 * given.time if given.grace is None else given.grace
    limits = Limits(given.time, given.workers, grace, given.memory, given.candidates)
    size = Size(given.accounts, given.reps, given.seed)
    figures, table = compare(size, limits, given.only)
    title = (
        f"{size.accounts:,} accounts × {size.reps:,} reps, seed {size.seed}, "
        f"{given.time:g} s and {given.workers} workers each"
    )
    bound = figures["bound"]
    print(f"{title}; best proved bound {'–' if bound is None else f'{bound:,.0f}'}")
    print(text_table(table))
    if given.output is not None:
        write_csv(table, given.output / "peers.csv")
        write_plot(table, title, given.output / "peers.png")
    if given.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
