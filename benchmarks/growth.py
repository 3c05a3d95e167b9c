"""How time and gap grow with the market, from the figures of many runs of `benchmarks.scale`.

    python -m benchmarks.scale --accounts 1000 --reps 20 --seed 1 --time 60 --json | tail -1 >> results.jsonl
    python -m benchmarks.growth results.jsonl [-o growth.png]

One line of JSON a run goes in; a table with a row a size comes out, in Markdown, and a picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from territory_opt.io.atomic import replacing


@dataclass(frozen=True)
class Row:
    """Runs of one size, by seed. gaps are shares; seconds of the whole solve; peak memory of the worst."""

    accounts: int
    reps: int
    seeds: tuple[int, ...]
    gaps: tuple[float, ...]
    proved: int
    violations: int
    seconds: tuple[float, ...]
    peak_mib: int

    @property
    def ms_per_account(self) -> float:
        """Mean solve time."""
        return 1000 * sum(self.seconds) / len(self.seconds) / self.accounts


def rows(lines: list[dict[str, Any]]) -> list[Row]:
    """A row for each size, smallest first."""
    sizes = sorted({(run["accounts"], run["reps"]) for run in lines})
    return [_row(*size, [run for run in lines if (run["accounts"], run["reps"]) == size]) for size in sizes]


def _row(accounts: int, reps: int, runs: list[dict[str, Any]]) -> Row:
    runs = sorted(runs, key=lambda run: run["seed"])
    return Row(
        accounts,
        reps,
        tuple(run["seed"] for run in runs),
        tuple(run["gap"] for run in runs),
        sum(run["status"] == "optimal" for run in runs),
        sum(run["violations"] for run in runs),
        tuple(run["solve_s"] for run in runs),
        max(run["peak_mib"] for run in runs),
    )


def markdown(table: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| accounts × reps | seeds | certified gap | proved optimal | violations | seconds | "
        "ms an account | peak MiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in table:
        gaps = ", ".join(f"{100 * gap:.2g} %" if gap > 1e-6 else "0" for gap in row.gaps)
        seeds = ", ".join(map(str, row.seeds))
        seconds = ", ".join(f"{value:.0f}" for value in row.seconds)
        lines.append(
            f"| {row.accounts:,} × {row.reps:,} | {seeds} | {gaps} | {row.proved} of {len(row.seeds)} | "
            f"{row.violations} | {seconds} | {row.ms_per_account:,.1f} | {row.peak_mib:,} |"
        )
    return "\n".join(lines)


def plot(table: list[Row], path: Path) -> None:
    """Milliseconds an account, and gaps of all seeds, over the number of accounts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    at = [row.accounts for row in table]
    left.plot(at, [row.ms_per_account for row in table], "o-", color="#1f2d3d")
    left.set_yscale("log")
    left.set_title("milliseconds an account", fontsize=10)
    for row in table:
        percent = [max(100 * gap, 1e-3) for gap in row.gaps]
        right.plot([row.accounts] * len(percent), percent, "o", color="#3b6ea5", alpha=0.8)
    right.set_yscale("log")
    right.set_title("certified gap in %, by seed (at least 0.001)", fontsize=10)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("accounts")
        axes.grid(color="#dddddd", linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=130)


def main(words: list[str] | None = None) -> int:
    """Read the figures, print the table, draw."""
    parser = argparse.ArgumentParser(prog="benchmarks.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", type=Path, help="a line of JSON from benchmarks.scale for each run")
    parser.add_argument("-o", "--output", type=Path, help="picture to write")
    given = parser.parse_args(words)
    try:
        lines = [json.loads(line) for line in given.results.read_text(encoding="utf-8").splitlines() if line]
        table = rows(lines)
    except (OSError, ValueError, KeyError) as error:
        print(f"{given.results}: {error!r}", file=sys.stderr)
        return 2
    print(markdown(table))
    if given.output is not None:
        plot(table, given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
