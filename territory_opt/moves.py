"""The moves of a plan, each with its reason in money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.policy import Disruption, Policy
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Moves:
    """Accounts that change owner; every array has shape (moves,), money is per year.

    saving: travel and fit that the change saves. disruption: what the broken relationship costs.
    fairness: what it is worth to the balance of territories, at the shadow prices of the bands.
    """

    account: Int32Array
    owner: Int32Array
    rep: Int32Array
    forced: BoolArray
    saving: FloatArray
    disruption: FloatArray
    fairness: FloatArray
    reason: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.account)


def moves(problem: Problem, policy: Policy, result: Result) -> Moves:
    """Every account with an owner today that the plan gives to another rep, with a reason each."""
    account = np.flatnonzero(result.audit.moved & result.alignment.covered).astype(np.int32)
    owner, rep = problem.accounts.owner[account], result.alignment.rep[account]
    saving, disruption = np.zeros(len(account)), np.zeros(len(account))
    for term in policy.pair_terms():
        change = term.cost(problem, account, owner) - term.cost(problem, account, rep)
        if isinstance(term, Disruption):
            disruption -= change
        else:
            saving += change
    fairness, worth = _worth_of_balance(problem, policy, result, account, owner, rep)
    forced = result.audit.forced[account]
    reason = tuple(
        _reason(problem, bool(forced[i]), int(owner[i]), saving[i], disruption[i], fairness[i], worth[i])
        for i in range(len(account))
    )
    return Moves(account, owner, rep, forced, saving, disruption, fairness, reason)


def _worth_of_balance(
    problem: Problem,
    policy: Policy,
    result: Result,
    account: Int32Array,
    owner: Int32Array,
    rep: Int32Array,
) -> tuple[FloatArray, list[str]]:
    """Shadow price × load, old pair against new, summed over the bands; and the band that says most."""
    total, most = np.zeros(len(account)), np.zeros(len(account))
    name = [""] * len(account)
    for term in policy.load_terms():
        price = np.append(result.prices.get(term.label(), np.zeros(0)), 0.0)
        bins, _ = term.bins(problem)
        if len(price) == 1:
            continue
        value = price[bins[owner]] * term.load(problem, account, owner)
        value = value - price[bins[rep]] * term.load(problem, account, rep)
        total += value
        for i in np.flatnonzero(value > most):
            name[i] = term.label()
        most = np.maximum(most, value)
    return total, name


def _reason(
    problem: Problem,
    forced: bool,
    owner: int,
    saving: float,
    disruption: float,
    fairness: float,
    band: str,
) -> str:
    money = problem.currency
    if forced:
        gone = bool(problem.reps.leaving[owner])
        return f"{problem.reps.names[owner]} {'is leaving' if gone else 'may not serve it'}"
    parts = []
    if abs(saving) >= 0.5:
        parts.append(
            f"{'saves' if saving > 0 else 'adds'} {abs(saving):,.0f} {money} a year of travel and fit"
        )
    if fairness >= 0.5:
        parts.append(f"is worth {fairness:,.0f} {money} to keeping {band}")
    parts.append(f"costs {disruption:,.0f} {money} of disruption")
    sentence = "; ".join(parts)
    if saving + fairness < disruption - 0.5:
        sentence += "; goes with its family or completes an exchange of whole accounts"
    return sentence[0].upper() + sentence[1:]


__all__ = ["Moves", "moves"]
