"""What the first moves buy: the best plan with at most 0, 1, 2, 5 … moves, and the moves that buy most."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.policy import Policy
from territory_opt.problem import Int32Array, Problem
from territory_opt.question import ask
from territory_opt.receivers import may_serve_all
from territory_opt.result import Result
from territory_opt.scenarios.changes import OthersMove
from territory_opt.scenarios.exchange import largest_deviation
from territory_opt.scenarios.many import solved
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.single_moves import SingleMoves
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

    A family moves as one and is named by its first account that moves; it would go back, as a whole, to that
    owner of a part of it for whom it costs least. What no owner may have back must move, and is left out.
    """
    moves = SingleMoves(problem, policy, alignment, ask(problem, policy))
    owner = problem.accounts.owner
    moved = np.flatnonzero((alignment.rep != owner) & (owner >= 0) & alignment.covered)
    unit = moves.unit_of_account[moved]
    first = moved[np.unique(np.where(unit < 0, -1 - moved, unit), return_index=True)[1]]
    worth = []
    for account in np.sort(first).tolist():
        members = moves.members(account)
        back = [r for r in np.unique(owner[members]).tolist() if r not in (-1, alignment.rep[account])]
        back = [r for r in back if may_serve_all(problem, policy, members, r)]
        if back:
            undone = min(moves.objective(members, np.full(len(members), r)) for r in back)
            worth.append((undone, account))
    best = sorted(worth, key=lambda pair: (-pair[0], pair[1]))[:most]
    return np.array([a for _, a in best], np.int32), np.array([money for money, _ in best])
