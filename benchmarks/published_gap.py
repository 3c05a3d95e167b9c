"""Generalised assignment: every job to one agent, at least cost, within each agent's capacity.

Nothing is solved here. Jobs become accounts, agents become reps, and two wishes hold the tables of the file;
the same `solve` as for sales territories does the rest. The value of its plan is recounted from the file.

File: `agents jobs`, then a row of costs per agent, a row of resources per agent, and the capacities.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import territory_opt as to
from territory_opt.policy import PairCost, PairLoad, PairTable
from territory_opt.result import relative_gap
from territory_opt.solve import Stop

_ROUNDING = 1e-10  # sums of floats are right to this share of them


@dataclass(frozen=True)
class Instance:
    """cost, resource (agents, jobs); capacity (agents,)."""

    cost: NDArray[np.float64]
    resource: NDArray[np.float64]
    capacity: NDArray[np.float64]

    @property
    def whole_costs(self) -> bool:
        """Whether every cost is a whole number, and so every plan's."""
        return bool((self.cost == np.rint(self.cost)).all())

    def value(self, agent: NDArray[np.int32]) -> float:
        """Cost of a plan, agent per job."""
        return float(self.cost[agent, np.arange(len(agent))].sum())

    def overload(self, agent: NDArray[np.int32]) -> NDArray[np.float64]:
        """Resource used above each agent's capacity, shape (agents,)."""
        used = np.zeros(len(self.capacity))
        np.add.at(used, agent, self.resource[agent, np.arange(len(agent))])
        over = used - self.capacity
        return np.where(over > _ROUNDING * self.capacity, over, 0.0)


def read(path: Path) -> Instance:
    """The instance in a file; ValueError when its numbers do not add up to one."""
    try:
        numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    except ValueError:
        raise ValueError("no generalised-assignment file: it has more than numbers in it") from None
    if len(numbers) < 2 or (numbers[:2] < 1).any() or (numbers[:2] != np.rint(numbers[:2])).any():
        raise ValueError("no generalised-assignment file: it must begin with its numbers of agents and jobs")
    agents, jobs = (int(n) for n in numbers[:2])
    wanted = 2 + 2 * agents * jobs + agents
    if len(numbers) != wanted:
        raise ValueError(f"{agents} agents and {jobs} jobs need {wanted} numbers; there are {len(numbers)}")
    if not np.isfinite(numbers).all() or (numbers[2 + agents * jobs :] < 0).any():
        raise ValueError("costs must be numbers; resources and capacities numbers of 0 or more")
    tables = numbers[2 : 2 + 2 * agents * jobs].reshape(2, agents, jobs)
    return Instance(tables[0], tables[1], numbers[2 + 2 * agents * jobs :])


def question(instance: Instance) -> tuple[to.Problem, to.Policy]:
    """The instance as facts and wishes: places play no part, so all are the same."""
    agents, jobs = instance.cost.shape
    reps, accounts = [f"agent {i + 1}" for i in range(agents)], [f"job {j + 1}" for j in range(jobs)]
    problem = to.Problem(
        to.Accounts.of(accounts, lat=np.zeros(jobs), lon=np.zeros(jobs)),
        to.Reps.of(reps, lat=np.zeros(agents), lon=np.zeros(agents)),
    )
    cost = PairCost(PairTable(accounts, reps, instance.cost.T))
    capacity = dict(zip(reps, instance.capacity.tolist(), strict=True))
    resource = PairLoad(PairTable(accounts, reps, instance.resource.T), capacity, title="resource")
    return problem, to.Policy([cost, resource])


def measure(instance: Instance, time_s: float, seed: int) -> dict[str, Any]:
    """Solve, recount from the file, and say how good it is.

    `bound_of_core` is what `solve` proved; `bound` is that, or the next whole number where all costs are
    whole. A plan that uses more than some capacity has its `overload` shown, and no gap.
    """
    began = time.perf_counter()
    problem, policy = question(instance)
    stop: Stop = to.MaxRuntime(time_s)
    if instance.whole_costs:
        stop = to.FirstOf((stop, NothingWholeBetween()))
    result = to.solve(problem, policy, stop=stop, seed=seed)
    seconds = time.perf_counter() - began
    agent = result.alignment.rep  # every job has an agent: no rule forbids a pair
    objective, overload = instance.value(agent), float(instance.overload(agent).sum())
    bound = lifted(result.bound) if instance.whole_costs else result.bound
    figures: dict[str, Any] = {"objective": objective, "bound": bound, "gap": None, "status": "overloaded"}
    if overload == 0.0:
        # OPTIMAL grants a millionth for rounding, which can be more than 1 where costs are whole numbers.
        closed = objective <= bound or (not instance.whole_costs and result.status is to.Status.OPTIMAL)
        figures["status"] = "optimal" if closed else "feasible"
        figures["gap"] = relative_gap(objective, bound)
    elif result.status is to.Status.IMPOSSIBLE:
        figures["status"] = "impossible"
    figures |= {"bound_of_core": result.bound, "overload": overload, "seconds": round(seconds, 2)}
    return {"agents": len(instance.capacity), "jobs": len(agent), "seed": seed} | figures


def lifted(bound: float) -> float:
    """The bound where no plan can cost anything but whole numbers: the next of them."""
    return float(np.ceil(bound - 1e-6 - _ROUNDING * abs(bound)))


class NothingWholeBetween:
    """Stop when no whole number lies between bound and plan: with whole costs, nothing can be better.

    A plan over a capacity costs a breach as well, hardly ever a whole number, and the search goes on.
    """

    def __call__(self, step: to.Step) -> bool:
        if not np.isfinite(step.bound):
            return False
        whole = abs(step.objective - round(step.objective)) <= 1e-6
        return whole and round(step.objective) <= lifted(step.bound)
