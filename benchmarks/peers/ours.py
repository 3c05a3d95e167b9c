"""territory_opt itself, as a user calls it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import territory_opt as to
from benchmarks.peers.market import Effort, Market, Proposal


def align(market: Market, effort: Effort) -> Proposal:
    """Solve; the bound is the one that the result certifies for the full problem."""
    stop = to.MaxRuntime(effort.left)
    with ThreadPoolExecutor(effort.workers) as workers:
        result = to.solve(market.problem, market.policy, stop=stop, seed=effort.seed, executor=workers)
    return Proposal(result.alignment.rep, "the full problem", result.status.value, result.bound)
