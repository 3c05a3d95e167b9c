"""Published instances through the same core as accounts and reps.

    python -m benchmarks.published gap FILE --time T [--seed S] [--reference V] [--json]
    python -m benchmarks.published districting FILE --time T [--objective inertia|cut] [--contiguous] [--json]

Every kind of instance is a module `published_<kind>` with `read` (a file to an instance) and `measure` (an
instance to figures); what a plan costs and whether it keeps the limits is recounted there from the raw file.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import published_commercial, published_cpmp, published_districting, published_gap


class Kind(NamedTuple):
    """One kind of published instance."""

    summary: str  # one line for --help
    read: Callable[[Path], Any]  # ValueError when the file is not of this kind
    measure: Callable[..., dict[str, Any]]  # instance, seconds, seed, and the kind's own options by name
    options: Mapping[str, dict[str, Any]] = {}  # of this kind only: name, and how argparse takes it


KINDS = {
    "gap": Kind(
        "generalised assignment: jobs are accounts, agents are reps",
        published_gap.read,
        published_gap.measure,
    ),
    "cpmp": Kind(
        "capacitated p-median: points are units, medians are centres",
        published_cpmp.read,
        published_cpmp.measure,
    ),
    "commercial": Kind(
        "commercial territories: connected, with several activities in balance",
        published_commercial.read,
        published_commercial.measure,
    ),
    "districting": Kind(
        "districts of equal population: compact ones around free centres, or those with the fewest cut edges",
        published_districting.read,
        published_districting.measure,
        {
            "objective": {"choices": ("inertia", "cut"), "default": "inertia", "help": "what is least"},
            "contiguous": {"action": "store_true", "help": "compact districts must be connected as well"},
        },
    ),
}


def figures_of(
    kind: str, path: Path, time_s: float, seed: int, reference: float | None, **options: Any
) -> dict[str, Any]:
    """Read one file, solve it, and say what came out; `above_reference` as a share of the reference."""
    instance = KINDS[kind].read(path)
    figures = {"file": path.name, "kind": kind} | KINDS[kind].measure(instance, time_s, seed, **options)
    if reference is not None:
        figures["reference"] = reference
        objective = figures["objective"]
        figures["above_reference"] = None if objective is None else objective / reference - 1.0
    # JSON knows neither infinity nor NaN.
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in figures.items()}


def main(words: list[str] | None = None) -> int:
    """Read the command line, measure, print; exit code 2 for a file that cannot be used."""
    parser = argparse.ArgumentParser(prog="benchmarks.published", description=(__doc__ or "").split("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, kind in KINDS.items():
        verb = kinds.add_parser(name, help=kind.summary, description=kind.summary)
        verb.add_argument("file", type=Path)
        verb.add_argument("--time", type=float, default=60.0, help="seconds of wall time at most")
        verb.add_argument("--seed", type=int, default=1)
        verb.add_argument("--reference", type=float, help="a published value to compare with")
        verb.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
        for option, taken in kind.options.items():
            verb.add_argument(f"--{option}", **taken)
    given = parser.parse_args(words)
    try:
        options = {option: getattr(given, option) for option in KINDS[given.kind].options}
        figures = figures_of(given.kind, given.file, given.time, given.seed, given.reference, **options)
    except (OSError, ValueError) as error:
        print(f"{given.file}: {error}", file=sys.stderr)
        return 2
    for name, value in figures.items():
        print(f"{name:<16} {'–' if value is None else value}")
    if given.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
