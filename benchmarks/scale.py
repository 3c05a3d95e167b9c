"""How good a plan is, and how soon, on a generated market of any size.

    python -m benchmarks.scale --accounts 1000 --reps 20 --seed 1 --time 60 [--json] [-o FOLDER] [--files]

Bands of ±10 % on workload and potential; the gap is certified against the full problem. FOLDER gets the gap
over time as a table and a picture. With --files the market goes through Parquet, and the plan to
`alignment.csv`, as for a user.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import territory_opt as to
from territory_opt.io.atomic import replacing
from territory_opt.io.facts_file import write_facts
from territory_opt.io.outputs import write_csv
from territory_opt.io.report import alignment_table

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked(), to.KeepTogether("family")],
)


def measure(
    accounts: int, reps: int, seed: int, time_s: float, files: bool = False
) -> tuple[dict[str, Any], to.Result]:
    """Solve one market and say what it cost: seconds by stage, peak memory of this process in MiB."""
    seconds: dict[str, float] = {}
    problem = _timed(seconds, "generate_s", lambda: to.generate(accounts, reps, seed=seed))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if files:
            _timed(seconds, "write_facts_s", lambda: write_facts(problem, folder, "parquet"))
            del problem
            problem = _timed(seconds, "read_s", lambda: to.read(folder))
        result = to.solve(problem, POLICY, stop=to.MaxRuntime(time_s), seed=seed)
        if files:
            plan = alignment_table(problem, result.alignment)
            _timed(seconds, "write_plan_s", lambda: write_csv(folder / "alignment.csv", plan))
    figures = {
        "accounts": accounts,
        "reps": reps,
        "seed": seed,
        "status": result.status.value,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "violations": len(result.clashes),
        **seconds,
        "solve_s": round(result.runtime_s, 2),
        "stages_s": _stages(result),
        "peak_mib": _peak_mib(),
    }
    return figures, result


def _timed(seconds: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    done = work()
    seconds[name] = round(time.perf_counter() - began, 2)
    return done


def _peak_mib() -> int:
    """Of this process; the system counts KiB, macOS bytes."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _stages(result: to.Result) -> dict[str, float]:
    """Seconds until the last step of each stage, less those of the stage before."""
    spent: dict[str, float] = {}
    before = 0.0
    for step in result.trace:
        spent[step.stage] = spent.get(step.stage, 0.0) + step.elapsed_s - before
        before = step.elapsed_s
    return {stage: round(seconds, 2) for stage, seconds in spent.items()}


def write_gaps(result: to.Result, path: Path) -> None:
    """Plan, bound and gap at every step."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["stage", "step", "elapsed_s", "objective", "bound", "gap"])
        for step in result.trace:
            writer.writerow(
                [step.stage, step.step, f"{step.elapsed_s:.3f}", step.objective, step.bound, step.gap]
            )


def plot_gaps(result: to.Result, title: str, path: Path) -> None:
    """Gap over time, and how much of it is the plan's distance from its end and how much the bound's."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    known = [step for step in result.trace if step.gap < float("inf")]
    at = [step.elapsed_s for step in known]
    least = 1e-3
    last, proved = result.objective, result.bound
    for label, colour, shares in (
        ("gap: plan above bound", "#1f2d3d", [step.gap for step in known]),
        ("plan above its end", "#3b6ea5", [step.objective / last - 1 for step in known]),
        ("bound below its end", "#c2702d", [1 - step.bound / proved for step in known]),
    ):
        percent = [max(100 * share, least) for share in shares]
        axes.step(at, percent, where="post", label=label, color=colour, linewidth=1.8)
    axes.set_yscale("log")
    axes.set_ylim(least, 300)
    axes.set_yticks([0.001, 0.01, 0.1, 1.0, 10.0, 100.0])
    axes.yaxis.set_major_formatter("{x:g} %")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("seconds")
    axes.set_title(title, fontsize=10)
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def main(words: list[str] | None = None) -> int:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0, help="seconds of wall time at most")
    parser.add_argument("--files", action="store_true", help="facts through Parquet, plan to alignment.csv")
    parser.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
    parser.add_argument("-o", "--output", type=Path, help="folder for gap.csv and gap.png")
    given = parser.parse_args(words)
    figures, result = measure(given.accounts, given.reps, given.seed, given.time, given.files)
    for name, value in figures.items():
        print(f"{name:<18} {value}")
    if given.output is not None:
        title = f"{given.accounts:,} accounts × {given.reps:,} reps, seed {given.seed}"
        write_gaps(result, given.output / "gap.csv")
        plot_gaps(result, title, given.output / "gap.png")
    if given.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
