"""Wishes from the field: accounts that somebody asks to have moved, priced one by one and decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.policy import BAND_TOLERANCE, Policy
from territory_opt.problem import BoolArray, Problem
from territory_opt.question import Question, ask
from territory_opt.result import Result
from territory_opt.scenarios.carry import rows_of
from territory_opt.scenarios.changes import Assign
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.value import value
from territory_opt.shown import ShownAsTable
from territory_opt.solve import MaxRuntime, Stop, solve
from territory_opt.travel.place import FloatArray, IndexArray

_SWAPS = 3  # offered for a wish that fails
_COMPARED = 10_000


@dataclass(frozen=True)
class Request:
    """One account that somebody wants to go to a rep; value: what they say that is worth, money per year."""

    account_id: str
    rep_id: str
    value: float = 0.0
    asked_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class Decision:
    """What became of one request.

    cost: what it alone would cost the plan, money per year; below 0 it saves. accepted: whether it is part of
    the new plan. why: in a sentence. swaps: accounts of the wanted rep that could go back in exchange, each
    keeping all bands, cheapest first.
    """

    request: Request
    cost: float
    accepted: bool
    why: str
    swaps: tuple[str, ...] = ()

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        request = self.request
        return {
            "account_id": request.account_id,
            "rep_id": request.rep_id,
            "asked_by": request.asked_by,
            "value": request.value,
            "cost per year": round(self.cost, 2),
            "accepted": "yes" if self.accepted else "no",
            "why": self.why,
            "could go back": ", ".join(self.swaps),
            "note": request.note,
        }


@dataclass(frozen=True)
class Decided(ShownAsTable):
    """All decisions, and the scenario with the accepted ones: they bind it and every scenario made of it."""

    decisions: tuple[Decision, ...]
    scenario: Scenario

    def rows(self) -> list[dict[str, object]]:
        """One row a request."""
        return [decision.row() for decision in self.decisions]


def decide(
    scenario: Scenario, requests: Sequence[Request], *, stop: Stop | None = None, seed: int = 1
) -> Decided:
    """Accept the most valuable set of requests that keeps every wish of the policy.

    Each account stays with the rep of the plan or goes to the one asked for, and the same core that makes
    plans chooses: as many requests as can be, and among those sets the one whose value less cost is greatest.

    Raises DataError listing every request that cannot be read: unknown accounts or reps, an account asked for
    twice; PolicyError when the scenario has no plan.
    """
    if scenario.result is None:
        raise PolicyError(f"{scenario.name!r} has no plan yet; solve it first")
    problem, policy, plan = scenario.problem, scenario.policy, scenario.result.alignment
    account, rep = _rows(problem, requests)
    question = ask(problem, policy)
    before = audit(problem, policy, plan, question)
    alone = [_moved(problem, policy, plan, question, a, r) for a, r in zip(account, rep, strict=True)]
    result = _chosen(problem, policy, plan, account, rep, requests, stop, seed)
    accepted = result.alignment.rep[account] == rep
    decisions = tuple(
        _decision(problem, policy, plan, question, before, alone[i], requests[i], bool(accepted[i]))
        for i in range(len(requests))
    )
    return Decided(decisions, _bound_by(scenario, result, account[accepted], rep[accepted]))


def _rows(problem: Problem, requests: Sequence[Request]) -> tuple[IndexArray, IndexArray]:
    account = rows_of(problem.accounts.ids, [r.account_id for r in requests])
    rep = rows_of(problem.reps.ids, [r.rep_id for r in requests])
    issues = list(_faults(problem, requests, account, rep))
    if issues:
        raise DataError(issues)
    return account, rep


def _faults(
    problem: Problem, requests: Sequence[Request], account: IndexArray, rep: IndexArray
) -> Iterator[Issue]:
    seen: set[str] = set()
    for i, request in enumerate(requests):
        for column, text, row, ids in (
            ("account_id", request.account_id, account[i], problem.accounts.ids),
            ("rep_id", request.rep_id, rep[i], problem.reps.ids),
        ):
            if row < 0:
                near = did_you_mean(text, map(str, ids[:_COMPARED]))
                yield Issue("requests", i + 2, column, text, "is not in the data", near)
        if request.account_id in seen:
            fault, mend = "is asked for twice", "Keep one row"
            yield Issue("requests", i + 2, "account_id", request.account_id, fault, mend)
        seen.add(request.account_id)
        if not np.isfinite(request.value):
            yield Issue("requests", i + 2, "value", str(request.value), "is no number", "Correct it")


def _moved(
    problem: Problem, policy: Policy, plan: Alignment, question: Question, account: int, rep: int
) -> Audit:
    """The recount when this account, with all that must go with it, goes there and nothing else moves."""
    unit = question.unit_of_account
    members = unit == unit[account] if unit[account] >= 0 else np.arange(len(unit)) == account
    new = plan.rep.copy()
    new[members] = rep
    return audit(problem, policy, Alignment(new, plan.rep_of_area), question)


@dataclass(frozen=True)
class _PlanOrRequest:
    """Every account stays with the rep of the plan, or goes to the one that is asked for."""

    plan: IndexArray
    wanted: IndexArray  # (accounts,), -1 where nobody asks
    name: ClassVar[str] = "plan or request"
    pins: ClassVar[bool] = True

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        kept: BoolArray = (self.plan[account] == rep) | (self.wanted[account] == rep)
        return kept


@dataclass(frozen=True)
class _Refused:
    """What it costs not to grant a request: far more than any plan, and the value it is said to have."""

    wanted: IndexArray
    worth: FloatArray  # (accounts,)
    name: ClassVar[str] = "refused"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        asked = self.wanted[account] >= 0
        return np.where(asked & (self.wanted[account] != rep), self.worth[account], 0.0)


def _chosen(
    problem: Problem,
    policy: Policy,
    plan: Alignment,
    account: IndexArray,
    rep: IndexArray,
    requests: Sequence[Request],
    stop: Stop | None,
    seed: int,
) -> Result:
    """The best plan among those that differ from ours by requests only."""
    wanted, worth = np.full(len(plan), -1, np.int64), np.zeros(len(plan))
    wanted[account] = rep
    said = np.array([request.value for request in requests])
    most = sum(abs(term.cost(problem, account, rep)).sum() for term in policy.pair_terms())
    most += sum(abs(term.cost(problem, account, plan.rep[account])).sum() for term in policy.pair_terms())
    worth[account] = float(most) + np.abs(said).sum() + 1.0 + said
    rules = [*policy.rules, _PlanOrRequest(plan.rep, wanted)]
    chosen = Policy([*policy.terms, _Refused(wanted, worth)], rules)
    return solve(problem, chosen, stop=stop or MaxRuntime(30.0), seed=seed)


def _decision(
    problem: Problem,
    policy: Policy,
    plan: Alignment,
    question: Question,
    before: Audit,
    alone: Audit,
    request: Request,
    accepted: bool,
) -> Decision:
    cost = alone.cost - before.cost
    broken = _broken(before, alone)
    said = f"{'costs' if cost >= 0 else 'saves'} {abs(cost):,.0f} {problem.currency} a year"
    if accepted:
        with_others = "; alone it would break a band, with the others it does not" if broken else ""
        return Decision(request, cost, True, f"Accepted: it {said}{with_others}.")
    swaps = tuple(_swaps(problem, policy, plan, question, before, request))
    if broken:
        why = f"Refused: it {said} and {broken}."
    else:
        why = f"Refused: it {said}, and others that are worth more use the room in the bands."
    return Decision(request, cost, False, why, swaps)


def _broken(before: Audit, after: Audit) -> str:
    """The first wish that is further broken than before, in words; "" without any."""
    ours = {(clash.wish, clash.where): clash.amount for clash in before.clashes}
    for clash in after.clashes:
        if clash.amount > ours.get((clash.wish, clash.where), 0.0) + BAND_TOLERANCE * max(clash.amount, 1.0):
            return f"breaks {clash.wish}: {clash.message}"
    return ""


def _swaps(
    problem: Problem, policy: Policy, plan: Alignment, question: Question, before: Audit, request: Request
) -> Iterator[str]:
    """Accounts that could go the other way so that nothing is broken further, the cheapest first."""
    account = int(rows_of(problem.accounts.ids, [request.account_id])[0])
    rep, giver = int(rows_of(problem.reps.ids, [request.rep_id])[0]), int(plan.rep[account])
    if giver < 0:
        return
    theirs = np.flatnonzero(plan.rep == rep)
    near = sum(
        (t.cost(problem, theirs, np.array([giver])) for t in policy.pair_terms()), np.zeros(len(theirs))
    )
    found = 0
    for other in theirs[np.argsort(near, kind="stable")][: 20 * _SWAPS].tolist():
        new = plan.rep.copy()
        new[account], new[other] = rep, giver
        after = audit(problem, policy, Alignment(new, plan.rep_of_area), question)
        if not _broken(before, after):
            yield str(problem.accounts.ids[other])
            found += 1
        if found == _SWAPS:
            return


def _bound_by(scenario: Scenario, result: Result, account: IndexArray, rep: IndexArray) -> Scenario:
    """The scenario with accepted requests written into the facts, a rule that keeps them, and its plan."""
    names = {int(r): str(scenario.problem.reps.ids[r]) for r in np.unique(rep)}
    ids = scenario.problem.accounts.ids
    changes = [Assign(tuple(map(str, ids[account[rep == r]])), name) for r, name in names.items()]
    bound = scenario.with_(*changes, name=f"{scenario.name}, requests decided")
    prices = scenario.result.prices if scenario.result is not None else {}
    return replace(bound, result=value(bound.problem, bound.policy, result.alignment, prices))
