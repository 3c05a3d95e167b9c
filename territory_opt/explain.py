"""Why an account is where it is: what every rep would cost, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.policy import Policy
from territory_opt.policy.base import BAND_TOLERANCE
from territory_opt.problem import Problem

_COMPARED = 10_000  # ids that a misspelt one is compared with


@dataclass(frozen=True)
class Choice:
    """One rep for one account, with everything else of the plan left as it is."""

    rep: int
    serves: bool  # whether the plan gives the account to this rep
    owns: bool  # whether the rep owns it today
    cost: Mapping[str, float]  # money per year by term
    forbidden: tuple[str, ...]  # rules that forbid the pair
    breaks: tuple[str, ...]  # bands that this change alone would break or break further

    @property
    def total(self) -> float:
        """Money per year of the account with this rep."""
        return float(sum(self.cost.values()))

    def as_row(self, problem: Problem) -> dict[str, object]:
        """Plain values with the rep's id and name, for a table."""
        return {
            "rep_id": str(problem.reps.ids[self.rep]),
            "name": str(problem.reps.names[self.rep]),
            "role": ", ".join(["serves it"] * self.serves + ["owns it today"] * self.owns),
            **{f"{name} per year": round(money, 2) for name, money in self.cost.items()},
            "total per year": round(self.total, 2),
            "forbidden by": ", ".join(self.forbidden),
            "would break": ", ".join(self.breaks),
        }


def explain(problem: Problem, policy: Policy, alignment: Alignment, account_id: str) -> tuple[Choice, ...]:
    """Every rep for one account: first the allowed ones that break no band, then by money.

    Raises DataError when there is no such account.
    """
    row = np.flatnonzero(problem.accounts.ids == account_id)
    if len(row) == 0:
        near = did_you_mean(account_id, map(str, problem.accounts.ids[:_COMPARED]))
        raise DataError(Issue("accounts", None, "account_id", account_id, "there is no such account", near))
    account = int(row[0])
    reps = np.arange(len(problem.reps))
    pair = (np.full(len(reps), account), reps)
    cost = {term.name: term.cost(problem, *pair) for term in policy.pair_terms()}
    allows = {rule.name: rule.allows(problem, *pair) for rule in policy.pair_rules()} | {
        "status": ~problem.reps.leaving
    }
    breaks = _breaks(problem, policy, alignment, account, audit(problem, policy, alignment))
    choices = [
        Choice(
            rep=rep,
            serves=int(alignment.rep[account]) == rep,
            owns=int(problem.accounts.owner[account]) == rep,
            cost={name: float(money[rep]) for name, money in cost.items()},
            forbidden=tuple(name for name, allowed in allows.items() if not allowed[rep]),
            breaks=tuple(breaks[rep]),
        )
        for rep in reps.tolist()
    ]
    return tuple(sorted(choices, key=lambda c: (bool(c.forbidden), bool(c.breaks), c.total, c.rep)))


def _breaks(
    problem: Problem, policy: Policy, alignment: Alignment, account: int, count: Audit
) -> list[list[str]]:
    """For each rep, the bands that are further out when the account alone moves there."""
    reps = np.arange(len(problem.reps))
    now = int(alignment.rep[account])
    broken: list[list[str]] = [[] for _ in reps]
    for term, meter in zip(policy.load_terms(), count.meters, strict=True):
        bins, _ = term.bins(problem)
        weight = np.append(term.load(problem, np.full(len(reps), account), reps), 0.0)
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
