"""How good a plan is, and how soon, on a generated market of any size.

    python -m benchmarks.scale --accounts 1000 --reps 20 --seed 1 --time 60 [--json]

Bands of ±10 % on workload and potential; the gap is certified against the full problem.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import territory_opt as to

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked(), to.KeepTogether("family")],
)


def measure(accounts: int, reps: int, seed: int, time_s: float) -> dict[str, Any]:
    """Solve one market and say what it cost; seconds by stage, peak memory of this process in MiB."""
    began = time.perf_counter()
    problem = to.generate(accounts, reps, seed=seed)
    generated = time.perf_counter()
    result = to.solve(problem, POLICY, stop=to.MaxRuntime(time_s), seed=seed)
    return {
        "accounts": accounts,
        "reps": reps,
        "seed": seed,
        "status": result.status.value,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "violations": len(result.clashes),
        "generate_s": round(generated - began, 2),
        "solve_s": round(result.runtime_s, 2),
        "stages_s": _stages(result),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _stages(result: to.Result) -> dict[str, float]:
    """Seconds until the last step of each stage, less those of the stage before."""
    spent: dict[str, float] = {}
    before = 0.0
    for step in result.trace:
        spent[step.stage] = spent.get(step.stage, 0.0) + step.elapsed_s - before
        before = step.elapsed_s
    return {stage: round(seconds, 2) for stage, seconds in spent.items()}


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0, help="seconds of wall time at most")
    parser.add_argument("--json", action="store_true", help="print the figures as one last line of JSON")
    given = parser.parse_args()
    figures = measure(given.accounts, given.reps, given.seed, given.time)
    for name, value in figures.items():
        print(f"{name:<12} {value}")
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
