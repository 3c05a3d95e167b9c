"""Many scenarios solved side by side, on whatever works for us: threads, processes, machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import replace
from typing import Any

from territory_opt.parallel import Serial
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.scenarios.scenario import Scenario
from territory_opt.solve import Start, Stop, solve


def solved(
    scenarios: Sequence[Scenario], *, stop: Stop, seed: int = 1, executor: Executor | None = None
) -> list[Scenario]:
    """The same scenarios with their plans, each searched from that of its nearest solved ancestor."""
    found = dict(as_solved(scenarios, stop=stop, seed=seed, executor=executor))
    return [found[i] for i in range(len(scenarios))]


def as_solved(
    scenarios: Sequence[Scenario], *, stop: Stop, seed: int = 1, executor: Executor | None = None
) -> Iterator[tuple[int, Scenario]]:
    """Place and scenario with its plan, one after the other as they are ready.

    stop: of each search. executor: of `concurrent.futures`, or one that a cluster offers; each scenario is
    one piece of work, searched by one worker, so that any number of workers gives the same plans. Facts that
    several scenarios share are sent to a cluster once.
    """
    if executor is None:
        for i, one in enumerate(scenarios):
            yield i, replace(one, result=_solved(one.problem, one.policy, stop, seed, one.start()))
        return
    facts = _shared(executor, [scenario.problem for scenario in scenarios])
    waiting: dict[Future[Result], int] = {}
    try:
        for i, one in enumerate(scenarios):
            work = (facts[id(one.problem)], one.policy, stop, seed, one.start())
            waiting[executor.submit(_solved, *work)] = i
        for future in as_completed(waiting):
            i = waiting[future]
            yield i, replace(scenarios[i], result=future.result())
    finally:
        for future in waiting:
            future.cancel()


def _solved(problem: Problem, policy: Policy, stop: Stop, seed: int, start: Start | None) -> Result:
    return solve(problem, policy, stop=stop, seed=seed, start=start, executor=Serial())


def _shared(executor: Executor, problems: Sequence[Problem]) -> dict[int, Any]:
    """Each set of facts by its identity: as it is, or where a cluster keeps it."""
    distinct = {id(problem): problem for problem in problems}
    client = getattr(executor, "_client", None)  # what the executor of a Dask cluster speaks through
    if client is None:
        return dict(distinct)
    kept = client.scatter(list(distinct.values()), broadcast=True, hash=False)
    return dict(zip(distinct, kept, strict=True))
