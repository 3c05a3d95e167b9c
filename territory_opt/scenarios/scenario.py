"""A what-if: facts and wishes that differ from others by named changes, and the plan found for them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from territory_opt.errors import Issue, PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.scenarios.carry import carried_alignment, carried_start
from territory_opt.scenarios.changes import Change
from territory_opt.shown import ShownAsText
from territory_opt.solve import FirstOf, GapBelow, MaxRuntime, OnStep, Start, Stop, solve

#: Of the time that the parent took, which a small change may take; at least so many seconds. Rounded up to a
#: power of two, as the effort depends on it: twice the same change of one parent must take the same steps.
_SHARE_OF_PARENT, _AT_LEAST_S = 0.25, 4.0


@dataclass(frozen=True)
class Scenario(ShownAsText):
    """One what-if; a value, so that a changed one leaves its parent as it was.

    changes: what differs from the parent, in words. result: the plan, once it is solved.
    """

    problem: Problem
    policy: Policy
    name: str = "base"
    changes: tuple[str, ...] = ()
    parent: Scenario | None = None
    result: Result | None = None

    def with_(self, *changes: Change, name: str = "") -> Scenario:
        """The scenario with some changes, made one after the other.

        name: by default the changes in words. PolicyError lists every change that cannot be made.
        """
        problem, policy, faults = self.problem, self.policy, list[str]()
        for change in changes:
            wrong = list(change.faults(problem, policy))
            faults += wrong
            if not wrong:
                problem, policy = change.apply(problem, policy)
        if faults:
            raise PolicyError([Issue("scenario", None, "", "", fault, "") for fault in faults])
        words = tuple(change.words() for change in changes)
        return Scenario(problem, policy, name or "; ".join(words) or self.name, words, self)

    def adopted(self, name: str = "") -> Scenario:
        """The scenario on the day after its plan came into force: who serves an account now owns it.

        Uncovered accounts keep no owner. PolicyError when there is no plan yet.
        """
        if self.result is None:
            raise PolicyError(f"{self.name!r} has no plan to adopt; solve it first")
        owner = self.result.alignment.rep
        accounts = replace(self.problem.accounts, owner=owner)
        problem = replace(self.problem, accounts=accounts)
        return Scenario(problem, self.policy, name or f"{self.name}, in force", ("plan in force",), self)

    def solve(
        self,
        *,
        stop: Stop | None = None,
        seed: int = 1,
        on_step: OnStep | None = None,
        executor: Executor | None = None,
    ) -> Scenario:
        """The same scenario with its plan, searched from that of its nearest solved ancestor.

        stop: by default 60 s at most; where there is an ancestor, a quarter of the time that it took, up to
        the next of 4, 8, 16 … seconds, or as soon as the proved gap is as small as its. Otherwise as
        `territory_opt.solve`.
        """
        start = self.start()
        limit = stop or self._limit()
        result = solve(
            self.problem, self.policy, stop=limit, seed=seed, on_step=on_step, executor=executor, start=start
        )
        return replace(self, result=result)

    def start(self) -> Start | None:
        """The plan and the prices of the nearest ancestor that has a plan, on the rows of this scenario."""
        solved = next(self._solved(), None)
        if solved is None or solved.result is None:
            return None
        return carried_start(solved.problem, solved.policy, solved.result, self.problem, self.policy)

    def _limit(self) -> Stop:
        solved = next(self._solved(), None)
        if solved is None or solved.result is None or not solved.result.searched:
            return MaxRuntime(60.0)
        share_s = max(_SHARE_OF_PARENT * solved.result.runtime_s, _AT_LEAST_S)
        seconds = 2.0 ** math.ceil(math.log2(share_s))
        return FirstOf((MaxRuntime(seconds), GapBelow(max(solved.result.gap, 0.0))))

    def _solved(self) -> Iterator[Scenario]:
        """Ancestors with a plan, the nearest first."""
        ancestor = self.parent
        while ancestor is not None:
            if ancestor.result is not None:
                yield ancestor
            ancestor = ancestor.parent

    def moved_against(self, other: Scenario) -> int:
        """How many accounts that both have are served by another rep here than there.

        PolicyError when one of the two has no plan.
        """
        if self.result is None or other.result is None:
            raise PolicyError("both scenarios need a plan; solve them first")
        theirs = carried_alignment(other.problem, other.result.alignment, self.problem)
        ours = self.result.alignment
        return int(((ours.rep != theirs.rep) & theirs.covered).sum())

    def __str__(self) -> str:
        head = f"{self.name}: {'; '.join(self.changes)}" if self.changes else self.name
        return f"{head}\n{self.result}" if self.result is not None else f"{head}\n(no plan yet)"
