"""Why an account is where it is: what every rep would cost, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.explain.on_the_map import said_on_the_map
from territory_opt.explain.subject import Subject, of_account, of_area
from territory_opt.policy import Policy
from territory_opt.policy.base import BAND_TOLERANCE
from territory_opt.problem import BoolArray, Problem
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Choice:
    """One rep for one account and all that the rules make go with it, the rest of the plan left as it is."""

    rep: int
    serves: bool  # whether the plan gives the account to this rep
    owns: bool  # whether the rep owns it today
    cost: Mapping[str, float]  # money per year by term, of all that go together
    forbidden: tuple[str, ...]  # rules that forbid the pair
    breaks: tuple[str, ...]  # bands that this change alone would break or break further
    goes_with: str = ""  # family or area that the rules make go along, "" where the account goes alone
    on_the_map: str | None = None  # what keeps territories from staying whole; None where no rule asks

    @property
    def total(self) -> float:
        """Money per year of the account, and of all that goes with it, with this rep."""
        return float(sum(self.cost.values()))

    @property
    def stands(self) -> bool:
        """Whether no rule forbids this choice, breaks a band or tears a territory."""
        return not (self.forbidden or self.breaks or self.on_the_map)

    def as_row(self, problem: Problem) -> dict[str, object]:
        """Plain values with the rep's id and name, for a table."""
        goes_with = {"goes with": self.goes_with} if self.goes_with else {}
        on_the_map = {} if self.on_the_map is None else {"on the map": self.on_the_map}
        return {
            "rep_id": str(problem.reps.ids[self.rep]),
            "name": str(problem.reps.names[self.rep]),
            "role": ", ".join(["serves it"] * self.serves + ["owns it today"] * self.owns),
            **goes_with,
            **{f"{name} per year": round(money, 2) for name, money in self.cost.items()},
            "total per year": round(self.total, 2),
            "forbidden by": ", ".join(self.forbidden),
            "would break": ", ".join(self.breaks),
            **on_the_map,
        }


def explain(
    problem: Problem,
    policy: Policy,
    alignment: Alignment,
    account_id: str | None = None,
    *,
    area_id: str | None = None,
) -> tuple[Choice, ...]:
    """Every rep for one account: first the allowed ones that break nothing, then by money.

    What the rules make go with it, a family or all accounts of its area, goes along in every figure. area_id:
    instead of an account, an area and the accounts that follow it, if any.

    Raises DataError when there is no such account or area.
    """
    if area_id is not None:
        subject = of_area(problem, policy, alignment, area_id)
    else:
        subject = of_account(problem, policy, alignment, str(account_id))
    allows = _allows(problem, policy, subject)
    breaks = _breaks(problem, policy, subject, audit(problem, policy, alignment))
    facts = _Facts(
        cost=_costs(problem, policy, subject),
        forbidden=[tuple(name for name, allowed in allows.items() if not allowed[r]) for r in subject.reps],
        breaks=[tuple(broken) for broken in breaks],
        on_the_map=said_on_the_map(problem, policy, alignment, subject) if any(policy.shape_rules()) else [],
    )
    choices = [_choice(subject, facts, rep) for rep in subject.reps.tolist()]
    return tuple(
        sorted(choices, key=lambda c: (bool(c.forbidden), not (c.stands or c.forbidden), c.total, c.rep))
    )


@dataclass(frozen=True)
class _Facts:
    """What is known of each rep; every list has an entry a rep."""

    cost: Mapping[str, FloatArray]
    forbidden: list[tuple[str, ...]]
    breaks: list[tuple[str, ...]]
    on_the_map: list[str] = field(default_factory=list)


def _choice(subject: Subject, facts: _Facts, rep: int) -> Choice:
    return Choice(
        rep=rep,
        serves=subject.now == rep,
        owns=subject.owner == rep,
        cost={name: float(money[rep]) for name, money in facts.cost.items()},
        forbidden=facts.forbidden[rep],
        breaks=facts.breaks[rep],
        goes_with=subject.goes_with,
        on_the_map=facts.on_the_map[rep] if facts.on_the_map else None,
    )


def _costs(problem: Problem, policy: Policy, subject: Subject) -> dict[str, FloatArray]:
    """Money per year of all accounts together with each rep (reps,), by term."""
    cost: dict[str, FloatArray] = {}
    for term in policy.pair_terms():
        money = term.cost(problem, *subject.pairs).sum(axis=0)
        cost[term.name] = cost.get(term.name, 0.0) + money
    return cost


def _allows(problem: Problem, policy: Policy, subject: Subject) -> dict[str, BoolArray]:
    """Whether each rep may serve all accounts (reps,), by rule."""
    found: dict[str, BoolArray] = {"status": ~problem.reps.leaving}
    for rule in policy.pair_rules():
        allowed = np.all(rule.allows(problem, *subject.pairs), axis=0)
        found[rule.name] = np.logical_and(allowed, found.get(rule.name, True))
    return found


def _breaks(problem: Problem, policy: Policy, subject: Subject, count: Audit) -> list[list[str]]:
    """For each rep, the bands that are further out when the accounts alone move there."""
    now, reps = subject.now, subject.reps
    broken: list[list[str]] = [[] for _ in reps]
    for term, meter in zip(policy.load_terms(), count.meters, strict=True):
        bins, _ = term.bins(problem)
        weight = term.load(problem, *subject.pairs).sum(axis=0)
        for rep in np.flatnonzero(reps != now):
            load = meter.load.copy()
            if now >= 0 and bins[now] >= 0:
                load[bins[now]] -= weight[now]
            if bins[rep] >= 0:
                load[bins[rep]] += weight[rep]
            outside = np.maximum(meter.low - load, 0) + np.maximum(load - meter.high, 0)
            if (outside > meter.breach + BAND_TOLERANCE * meter.scale).any():
                broken[rep].append(term.label())
    return broken
