"""Chances of making a quota by Monte Carlo: how long it takes, and how far it is from the closed form.

    python -m benchmarks.attainment --accounts 100000 --reps 500 --draws 10000 [--shape gaussian]
        [--market 0.05] [--workers 1] [--json]

Accounts of log-normal size, each with a volatility of its own, lie with reps at random; quotas share the goal
by revenue and potential. In units of the standard error, distances from the closed form of Gaussian sales are
like those of as many standard normal numbers, where the shape is gaussian and no market is common to the
books; else they also show how far a sum over a book is from Gaussian.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from typing import Any

import numpy as np

from territory_opt import Accounts, Alignment, Problem, Reps
from territory_opt.quota import attainment, outlook_of, top_down


def market(accounts: int, reps: int, seed: int) -> tuple[Problem, Alignment]:
    """Accounts of all sizes and volatilities, spread over the reps."""
    rng = np.random.default_rng(seed)
    measures = {
        "revenue": rng.lognormal(10, 1, accounts),
        "potential": rng.lognormal(11, 1, accounts),
        "volatility": rng.uniform(0.2, 1.0, accounts),
    }
    problem = Problem(Accounts.of(range(accounts), measures=measures), Reps.of(range(reps)))
    return problem, Alignment(rng.integers(0, reps, accounts))


def measure(
    accounts: int, reps: int, draws: int, seed: int, shape: str, market_sd: float, workers: int | None
) -> dict[str, Any]:
    """Seconds, memory, and distance from the closed form."""
    problem, alignment = market(accounts, reps, seed)
    quotas = top_down(problem, alignment, potential_weight=0.1)
    outlook = outlook_of(problem, alignment, quotas.goal, shape=shape, market_sd=market_sd)
    attainment(quotas, outlook, draws=1, seed=seed)  # compiles, or reads what was compiled before
    start, start_cpu = time.perf_counter(), time.process_time()
    drawn = attainment(quotas, outlook, draws=draws, seed=seed, workers=workers)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    exact = attainment(quotas, outlook, draws=0)
    known = np.isfinite(exact.chance)
    # The error that the closed form expects, so that a chance of 0 or 1 among few draws does no harm.
    error = np.sqrt(exact.chance * (1 - exact.chance) / draws)[known] + 1e-12
    away = np.abs(drawn.chance - exact.chance)[known]
    return {
        "accounts": accounts,
        "reps": reps,
        "draws": draws,
        "shape": shape,
        "market_sd": market_sd,
        "workers": workers or os.cpu_count(),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "cpu_ns_a_draw": round(1e9 * cpu / (accounts * draws), 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "chance_low": round(float(exact.chance[known].min()), 4),
        "chance_high": round(float(exact.chance[known].max()), 4),
        "mean_difference": round(float(away.mean()), 5),
        "largest_difference": round(float(away.max()), 5),
        "root_mean_square_in_standard_errors": round(float(np.sqrt(((away / error) ** 2).mean())), 3),
        "largest_in_standard_errors": round(float((away / error).max()), 2),
    }


def main(words: list[str] | None = None) -> int:
    """Measure one size and print its figures; the last line is JSON with --json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attainment", description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--reps", type=int, default=500)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", choices=("gaussian", "lognormal"), default="lognormal")
    parser.add_argument("--market", type=float, default=0.0, help="its standard deviation, as a share")
    parser.add_argument("--workers", type=int, help="threads; by default one a core")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    size = (given.accounts, given.reps, given.draws, given.seed)
    figures = measure(*size, given.shape, given.market, given.workers)
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<40}{value}")
    if given.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
