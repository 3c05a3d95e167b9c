"""How quick an answer is: a leaver in the middle of the year, and a frontier.

python -m benchmarks.whatif leaver --accounts 208 --reps 9 --seed 1 --json
python -m benchmarks.whatif frontier --accounts 1000 --reps 20 --seed 1 --time 40 --workers 2 --json
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

import territory_opt as to
from territory_opt.generate import generate

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked(), to.KeepTogether("family")],
)
_WARM = (60, 4, 1)  # a market on which everything is compiled before the clock starts


def leaver(accounts: int, reps: int, seed: int, runtime_s: float) -> dict[str, Any]:
    """One rep of a plan in force leaves; bands of the year widened, at most ten others move."""
    base = to.Scenario(generate(accounts, reps, seed), POLICY).solve(stop=to.MaxRuntime(runtime_s))
    in_force = base.adopted()
    rep = str(in_force.problem.reps.ids[np.bincount(in_force.problem.accounts.owner).argmin()])
    began_s = time.perf_counter()
    after = in_force.with_(
        to.Leaves(rep), to.Band("workload_h", 0.25), to.Band("potential", 0.25), to.OthersMove(10)
    ).solve()
    answer_s = time.perf_counter() - began_s
    assert base.result is not None
    assert after.result is not None
    return {
        "accounts": accounts,
        "reps": reps,
        "seed": seed,
        "parent_s": round(base.result.runtime_s, 2),
        "parent_gap": base.result.gap,
        "answer_s": round(answer_s, 2),
        "gap": after.result.gap,
        "status": after.result.status.value,
        "forced": int(after.result.audit.forced.sum()),
        "others": int((after.result.audit.moved & ~after.result.audit.forced).sum()),
    }


def frontier(accounts: int, reps: int, seed: int, runtime_s: float, workers: int) -> dict[str, Any]:
    """Twelve points, each searched for so many seconds by one of the workers."""
    problem = generate(accounts, reps, seed)
    began_s = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        points = to.frontier(problem, POLICY, stop=to.MaxRuntime(runtime_s), seed=seed, executor=pool)
    return {
        "accounts": accounts,
        "reps": reps,
        "seed": seed,
        "asked": 12,
        "kept": len(points),
        "seconds": round(time.perf_counter() - began_s, 1),
        "largest_gap": max(point.gap for point in points),
        "points": points.rows(),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.whatif", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("leaver", "frontier"))
    parser.add_argument("--accounts", type=int, default=208)
    parser.add_argument("--reps", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=40.0, help="seconds of the parent, or of each point")
    parser.add_argument("--workers", type=int, default=2, help="processes for the frontier")
    parser.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
    asked = parser.parse_args()
    to.solve(generate(*_WARM), POLICY, stop=to.MaxSteps(3))
    if asked.what == "leaver":
        figures = leaver(asked.accounts, asked.reps, asked.seed, asked.time)
    else:
        figures = frontier(asked.accounts, asked.reps, asked.seed, asked.time, asked.workers)
    for name, value in figures.items():
        print(f"{name:12} {value}")
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
