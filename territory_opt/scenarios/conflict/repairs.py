"""Ways out of a clash, the cheapest first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from territory_opt.policy import Balance, Locked, MoveCap, Policy
from territory_opt.problem import ACCOUNTS, Problem
from territory_opt.question import ask
from territory_opt.scenarios.changes import Band, Change, Instead, Lock, Without
from territory_opt.scenarios.changes.wishes import label_of, wider
from territory_opt.scenarios.conflict.core import Conflict
from territory_opt.scenarios.conflict.pieces import WHOLE
from territory_opt.solve import MaxRuntime, solve
from territory_opt.solve.possible import possible

_WIDEST, _HALVINGS = 1.0, 6


@dataclass(frozen=True)
class Repair:
    """One change after which all wishes can be met; cost and bound are money per year of the plan then."""

    words: str
    changes: tuple[Change, ...]
    cost: float
    bound: float

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        return {
            "change": self.words,
            "cost per year": round(self.cost, 2),
            "no plan below": round(self.bound, 2),
        }


def repairs(
    problem: Problem,
    policy: Policy,
    clash: Conflict,
    *,
    runtime_s: float = 60.0,
    seed: int = 1,
    executor: Executor | None = None,
) -> tuple[Repair, ...]:
    """Single changes of a clashing wish that make all wishes possible, cheapest plan first.

    A band is widened no more than it must be, to a tenth of a per cent of the target; a cap on moves is
    raised no further than it must be; locks are opened one by one; other rules are left out. Each comes with
    a plan. What needs more time than there is, or more than one change, is not in the list.
    """
    until_s = time.perf_counter() + runtime_s
    offers = list(_offers(problem, policy, clash))
    found = []
    for number, offer in enumerate(offers):
        share_s = (until_s - time.perf_counter()) / (len(offers) - number)
        change = offer.least(problem, policy, share_s / 2, seed, executor)
        left_s = min(share_s / 2, until_s - time.perf_counter())
        if change is None or left_s <= 0:
            continue
        facts, wishes = change.apply(problem, policy)
        stop = MaxRuntime(left_s)
        result = solve(facts, wishes, stop=stop, seed=seed, executor=executor)
        if not result.clashes:
            found.append(Repair(change.words(), (change,), result.audit.cost, result.bound))
    return tuple(sorted(found, key=lambda repair: (repair.cost, repair.words)))


@dataclass(frozen=True)
class _Offer:
    """A change with a size: from the least that is offered to the most, in steps of `grain`."""

    make: Any  # size -> Change
    low: float = 0.0
    high: float = 0.0
    grain: float = 1.0

    def least(
        self, problem: Problem, policy: Policy, runtime_s: float, seed: int, executor: Executor | None
    ) -> Change | None:
        """The smallest such change that makes all wishes possible, None where there is none in time."""
        until_s = time.perf_counter() + runtime_s

        def works(size: float) -> bool:
            facts, wishes = self.make(size).apply(problem, policy)
            left_s = until_s - time.perf_counter()
            return left_s > 0 and possible(ask(facts, wishes), left_s / 2, seed, executor) is True

        low, high = self.low, self.high
        if not works(high):
            return None
        while high - low > self.grain:
            middle = low + round((high - low) / 2 / self.grain) * self.grain
            low, high = (low, middle) if works(middle) else (middle, high)
        change: Change = self.make(high)
        return change


def _offers(problem: Problem, policy: Policy, clash: Conflict) -> Iterator[_Offer]:
    """One offer for each wish of a clash, or for each lock."""
    done = set()
    for piece in clash.pieces:
        wish: Any = policy.wishes[piece.wish]
        if isinstance(wish, Locked) and piece.part != WHOLE:
            account = str(problem.accounts.ids[piece.part])
            yield _Offer(lambda _, account=account: Lock((account,), locked=False))
        elif piece.wish not in done:
            done.add(piece.wish)
            yield _offer(problem, wish)


def _offer(problem: Problem, wish: Any) -> _Offer:
    if isinstance(wish, Balance) and (wish.at_least is not None or wish.at_most is not None):
        return _Offer(lambda size: Instead(wish, wider(wish, size)), 0.0, _WIDEST, 0.001)
    if isinstance(wish, Balance):
        return _Offer(lambda size: Band(wish.measure, round(size, 3)), wish.within, _WIDEST, 0.001)
    if isinstance(wish, MoveCap) and wish.at_most is not None and not wish.per_rep:
        accounts = problem.accounts
        most = len(accounts) if wish.measure == ACCOUNTS else float(accounts.measure(wish.measure).sum())
        grain = 1.0 if wish.measure == ACCOUNTS else most / 1000
        return _Offer(lambda size: Instead(wish, replace(wish, at_most=size)), wish.at_most, most, grain)
    return _Offer(lambda _: Without(label_of(wish)))
