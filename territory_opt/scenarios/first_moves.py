"""What the first moves buy: the best plan with at most 0, 1, 2, 5 … moves, and the moves that buy most."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import audit, must_move
from territory_opt.policy import Policy
from territory_opt.problem import Int32Array, Problem
from territory_opt.question import ask
from territory_opt.result import Result
from territory_opt.scenarios.changes import OthersMove
from territory_opt.scenarios.frontier import largest_deviation
from territory_opt.scenarios.many import solved
from territory_opt.scenarios.scenario import Scenario
from territory_opt.solve import MaxRuntime, Stop
from territory_opt.travel.place import FloatArray

AT_MOST = (0, 1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class MoveStep:
    """The best plan found with at most so many moves beside those that must be.

    outside: limits of all bands that are broken. largest_deviation: of an index from 1.00. objective: cost
    and penalty for broken bands, which no plan with so few moves has below `bound`.
    """

    at_most: int
    moved: int
    outside: int
    largest_deviation: float
    cost: float
    objective: float
    bound: float
    result: Result

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        return {
            "others that may move": self.at_most,
            "accounts moved": self.moved,
            "limits broken": self.outside,
            "largest deviation": round(self.largest_deviation, 4),
            "cost per year": round(self.cost, 2),
            "with penalty": round(self.objective, 2),
            "no plan below": round(self.bound, 2),
        }


def first_moves(
    problem: Problem,
    policy: Policy,
    *,
    at_most: Sequence[int] = AT_MOST,
    stop: Stop | None = None,
    seed: int = 1,
    executor: Executor | None = None,
) -> tuple[MoveStep, ...]:
    """The best plan for each number of moves; those that must be are not counted.

    stop: of each, 20 s by default.
    """
    base = Scenario(problem, policy)
    asked = [base.with_(OthersMove(most)) for most in at_most]
    steps = []
    for most, scenario in zip(
        at_most, solved(asked, stop=stop or MaxRuntime(20.0), seed=seed, executor=executor), strict=True
    ):
        result = scenario.result
        assert result is not None
        count = result.audit
        steps.append(
            MoveStep(
                at_most=most,
                moved=int(count.moved.sum()),
                outside=int(sum(meter.outside.sum() for meter in count.meters)),
                largest_deviation=largest_deviation(count),
                cost=count.cost,
                objective=result.objective,
                bound=result.bound,
                result=result,
            )
        )
    return tuple(steps)


def moves_that_buy_most(
    problem: Problem, policy: Policy, alignment: Alignment, most: int = 10
) -> tuple[Int32Array, FloatArray]:
    """Moves of a plan by what undoing each alone would cost: accounts, and money per year with penalty.

    Families move as one: the move of a member undoes all of it. Moves that must be are left out.
    """
    question = ask(problem, policy)
    owner = problem.accounts.owner
    free = (alignment.rep != owner) & (owner >= 0) & ~must_move(problem, policy)
    value = audit(problem, policy, alignment, question).objective
    unit = question.unit_of_account
    first = {int(unit[a]): int(a) for a in np.flatnonzero(free)[::-1]}
    worth = []
    for piece in sorted(first, key=lambda u: first[u]):
        rep = alignment.rep.copy()
        members = (unit == piece) & free
        rep[members] = owner[members]
        undone = audit(problem, policy, Alignment(rep), question).objective
        worth.append((undone - value, first[piece]))
    best = sorted(worth, key=lambda pair: (-pair[0], pair[1]))[:most]
    return np.array([a for _, a in best], np.int32), np.array([money for money, _ in best])
