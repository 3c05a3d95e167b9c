"""Wishes from the field: accounts that somebody asks to have moved, priced one by one and decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.policy import BAND_TOLERANCE, Policy
from territory_opt.problem import BoolArray, Problem
from territory_opt.question import ask
from territory_opt.scenarios.carry import rows_of
from territory_opt.scenarios.changes import Assign
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.single_moves import SingleMoves
from territory_opt.scenarios.value import value
from territory_opt.shown import ShownAsTable
from territory_opt.solve import MaxRuntime, Start, Stop, solve
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
    """All decisions, and the scenario with the accepted ones: they bind it and every scenario made of it.

    broken: where no set was found in time that keeps what the plan keeps, what it breaks, in words; the plan
    then stays as it is, and everything is refused. "" otherwise.
    """

    decisions: tuple[Decision, ...]
    scenario: Scenario
    broken: str = ""

    def rows(self) -> list[dict[str, object]]:
        """One row a request."""
        return [decision.row() for decision in self.decisions]


def decide(
    scenario: Scenario, requests: Sequence[Request], *, stop: Stop | None = None, seed: int = 1
) -> Decided:
    """Accept the most valuable set of requests that keeps every wish of the policy.

    Each account, with its family or area, stays with the rep of the plan or goes to the one asked for, and
    the same core that makes plans chooses: as many requests as can be, and among those sets the one whose
    value less cost is greatest.

    Raises DataError listing every request that cannot be read: unknown accounts or reps, an account asked for
    twice, two reps for one family; PolicyError when the scenario has no plan.
    """
    if scenario.result is None:
        raise PolicyError(f"{scenario.name!r} has no plan yet; solve it first")
    plan = scenario.result.alignment
    moves = SingleMoves(scenario.problem, scenario.policy, plan, ask(scenario.problem, scenario.policy))
    account, rep = _rows(moves, requests)
    pieces = [moves.members(a) for a in account.tolist()]
    new = _chosen(moves, pieces, account, rep, requests, stop, seed)
    broken = _broken_by_all(moves, new)
    if broken:
        new = plan
    accepted = new.rep[account] == rep
    decisions = tuple(
        _decision(moves, pieces[i], int(account[i]), int(rep[i]), requests[i], bool(accepted[i]), broken)
        for i in range(len(requests))
    )
    return Decided(decisions, _bound_by(scenario, new, account[accepted], rep[accepted]), broken)


def _rows(moves: SingleMoves, requests: Sequence[Request]) -> tuple[IndexArray, IndexArray]:
    problem = moves.problem
    account = rows_of(problem.accounts.ids, [r.account_id for r in requests])
    rep = rows_of(problem.reps.ids, [r.rep_id for r in requests])
    issues = list(_faults(problem, requests, account, rep))
    issues += _pulled_apart(moves.unit_of_account, requests, account, rep)
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


def _pulled_apart(
    unit_of_account: IndexArray, requests: Sequence[Request], account: IndexArray, rep: IndexArray
) -> Iterator[Issue]:
    """Requests that want another rep for a family or an area than a request before them."""
    first: dict[int, int] = {}
    for i in np.flatnonzero((account >= 0) & (rep >= 0)).tolist():
        unit = int(unit_of_account[account[i]])
        if unit < 0:
            continue
        other = first.setdefault(unit, i)
        if rep[other] != rep[i] and account[other] != account[i]:
            with_it = f"{requests[other].account_id}, which is to go to {requests[other].rep_id}"
            fault = f"goes with {with_it}, in one piece"
            yield Issue("requests", i + 2, "rep_id", requests[i].rep_id, fault, "Ask for one rep for both")


@dataclass(frozen=True)
class _PlanOrRequest:
    """Every account stays with the rep of the plan, or goes to the one that is asked for."""

    plan: IndexArray
    wanted: IndexArray  # (accounts,) for all that go together, -1 where nobody asks
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
    worth: FloatArray  # (accounts,) 0 where nobody asks for the account itself
    name: ClassVar[str] = "refused"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        asked = self.wanted[account] >= 0
        return np.where(asked & (self.wanted[account] != rep), self.worth[account], 0.0)


def _chosen(
    moves: SingleMoves,
    pieces: Sequence[IndexArray],
    account: IndexArray,
    rep: IndexArray,
    requests: Sequence[Request],
    stop: Stop | None,
    seed: int,
) -> Alignment:
    """The best plan found among those that differ from ours by requests only."""
    problem, policy, plan = moves.problem, moves.policy, moves.plan
    wanted, worth = np.full(len(plan), -1, np.int64), np.zeros(len(plan))
    for members, r in zip(pieces, rep.tolist(), strict=True):
        wanted[members] = r
    said = np.array([request.value for request in requests], np.float64)
    worth[account] = _most(moves, wanted) + np.abs(said).sum() + 1.0 + said
    rules = [*policy.rules, _PlanOrRequest(plan.rep, wanted)]
    chosen = Policy([*policy.terms, _Refused(wanted, worth)], rules)
    result = solve(problem, chosen, stop=stop or MaxRuntime(30.0), seed=seed, start=Start(plan))
    new = np.where((wanted >= 0) & (result.alignment.rep == wanted), wanted, plan.rep)
    areas = result.alignment.rep_of_area
    return Alignment(new, plan.rep_of_area if areas is None else areas)


def _most(moves: SingleMoves, wanted: IndexArray) -> float:
    """More money per year than any set of the requests can cost or save, imbalance inside bands included."""
    asked = np.flatnonzero(wanted >= 0)
    most = 0.0
    for rep in (wanted[asked], moves.plan.rep[asked].astype(np.int64)):
        most += float(np.abs(moves.cost_of_pairs(asked, rep)).sum())
    for curve in moves.question.curves:
        if curve.cost is not None:
            most += float(np.ptp(curve.grid()[1], axis=1).sum())
    return most


def _broken_by_all(moves: SingleMoves, new: Alignment) -> str:
    """The first wish that a plan breaks further than ours does, in words; "" without any."""
    if np.array_equal(new.rep, moves.plan.rep):
        return ""
    after = audit(moves.problem, moves.policy, new, moves.question)
    ours = {(clash.wish, clash.where): clash.amount for clash in moves.before.clashes}
    for clash in after.clashes:
        if clash.amount > ours.get((clash.wish, clash.where), 0.0) + BAND_TOLERANCE * max(clash.amount, 1.0):
            return f"breaks {clash.wish}: {clash.message}"
    return ""


def _decision(
    moves: SingleMoves,
    members: IndexArray,
    account: int,
    rep: int,
    request: Request,
    accepted: bool,
    broken_by_all: str,
) -> Decision:
    to = np.full(len(members), rep)
    cost, broken = moves.cost(members, to), moves.broken(members, to)
    said = f"{'costs' if cost >= 0 else 'saves'} {abs(cost):,.0f} {moves.problem.currency} a year"
    if accepted:
        with_others = "; alone it would break a band, with the others it does not" if broken else ""
        return Decision(request, cost, True, f"Accepted: it {said}{with_others}.")
    swaps = tuple(_swaps(moves, members, account, rep))
    alone = f" and {broken}" if broken else ""
    if broken_by_all:
        why = f"Refused: it {said}{alone}. The best set found {broken_by_all}; the plan stays as it is."
    elif broken:
        why = f"Refused: it {said}{alone}."
    else:
        why = f"Refused: it {said}, and others that are worth more use the room in the bands."
    return Decision(request, cost, False, why, swaps)


def _swaps(moves: SingleMoves, members: IndexArray, account: int, rep: int) -> Iterator[str]:
    """Accounts that could go the other way so that nothing is broken further, the cheapest first.

    What must go with such an account goes along, and is named by it.
    """
    giver = int(moves.plan.rep[account])
    if giver in (-1, rep):
        return
    found = 0
    for other in _way_back(moves, members, giver, rep)[: 20 * _SWAPS]:
        back = moves.members(other)
        both = np.concatenate([members, back])
        to = np.concatenate([np.full(len(members), rep), np.full(len(back), giver)])
        if not moves.broken(both, to):
            yield str(moves.problem.accounts.ids[other])
            found += 1
        if found == _SWAPS:
            return


def _way_back(moves: SingleMoves, members: IndexArray, giver: int, rep: int) -> list[int]:
    """One account of each family of a rep, by what it costs that the giver takes it, the cheapest first."""
    theirs = np.setdiff1d(np.flatnonzero(moves.plan.rep == rep), members)
    more = moves.cost_of_pairs(theirs, np.full(len(theirs), giver))
    more -= moves.cost_of_pairs(theirs, np.full(len(theirs), rep))
    unit = moves.unit_of_account[theirs]
    unit = np.where(unit < 0, -1 - theirs, unit)
    _, first, piece = np.unique(unit, return_index=True, return_inverse=True)
    total = np.bincount(piece, more, minlength=len(first))
    in_order = first[np.lexsort((theirs[first], total))]
    cheapest: list[int] = theirs[in_order].tolist()
    return cheapest


def _bound_by(scenario: Scenario, plan: Alignment, account: IndexArray, rep: IndexArray) -> Scenario:
    """The scenario with accepted requests written into the facts, a rule that keeps them, and its plan."""
    names = {int(r): str(scenario.problem.reps.ids[r]) for r in np.unique(rep)}
    ids = scenario.problem.accounts.ids
    changes = [Assign(tuple(map(str, ids[account[rep == r]])), name) for r, name in names.items()]
    bound = scenario.with_(*changes, name=f"{scenario.name}, requests decided")
    prices = scenario.result.prices if scenario.result is not None else {}
    return replace(bound, result=value(bound.problem, bound.policy, plan, prices))
