"""What a lock costs: where its account would go without it, and how little its relationship must be worth."""

from __future__ import annotations

import numpy as np

from territory_opt.errors import DataError, Issue
from territory_opt.explain.subject import row_of
from territory_opt.policy import Disruption, Locked
from territory_opt.policy.words import counted
from territory_opt.problem import Problem
from territory_opt.question import ask
from territory_opt.scenarios.changes import Lock
from territory_opt.scenarios.reasons.answer import Explained, plan_of, saving_of
from territory_opt.scenarios.reasons.pairs import pairs, priced_by
from territory_opt.scenarios.scenario import Scenario
from territory_opt.solve import Stop
from territory_opt.travel.place import IndexArray


def explain_lock(
    scenario: Scenario, account_id: str, *, stop: Stop | None = None, seed: int = 1
) -> Explained:
    """What it costs that an account is locked: to set it free, with all locked accounts that go with it.

    stop: of the counter-question; without it, only what prices prove is said.

    figures: `saving`, of setting it free; `now`, what its relationships count as, money per year; with a
    stop, where it would then move, `threshold`: what they would have to be worth for it to stay of its own.

    Raises DataError when the account is not locked, PolicyError when there is no plan.
    """
    plan_of(scenario)
    problem = scenario.problem
    account = row_of(problem.accounts.ids, account_id, "account")
    locked = _locked(scenario, account, account_id)
    change = Lock(tuple(map(str, problem.accounts.ids[locked])), locked=False)
    saving, freed = saving_of(scenario, change, stop, seed)
    names, currency = problem.reps.names, problem.currency
    owner, now = int(problem.accounts.owner[account]), _relationships(scenario, locked)
    others = f", with {counted(len(locked) - 1, 'locked account')} that go with it" if len(locked) > 1 else ""
    said = [f"{account_id} is locked to {names[owner]}{others}. To set it free {saving.said(currency)}."]
    figures = {"saving": saving.found if stop is not None else saving.most, "now": now}
    rows = _rows(freed, account)
    if stop is None:
        said += [f"By prices it would go to {rows[0]['name']}."] if rows and rows[0]["rep"] != owner else []
    else:
        rep = int(plan_of(freed).alignment.rep[account])
        if rep == owner:
            said.append("It would stay all the same: the lock binds nothing.")
        else:
            figures["threshold"] = now + saving.found
            to = names[rep] if rep >= 0 else "nobody"
            worth = f"{figures['threshold']:,.0f} {currency} a year"
            said.append(
                f"It would go to {to}, unless the relationship were worth {worth}; it counts {now:,.0f}."
            )
    table = tuple({k: v for k, v in row.items() if k != "rep"} for row in rows)
    return Explained(tuple(said), table, saving, freed, figures)


def _locked(scenario: Scenario, account: int, account_id: str) -> IndexArray:
    """The account and the locked ones that go with it (some,)."""
    problem, policy = scenario.problem, scenario.policy
    leaving = np.append(problem.reps.leaving, True)
    binds = problem.accounts.locked & ~leaving[problem.accounts.owner]
    if not (binds[account] and any(isinstance(wish, Locked) for wish in policy.wishes)):
        fault, mend = "is not held by a lock", "Ask about an account that is locked to a rep who stays"
        raise DataError(Issue("accounts", None, "account_id", account_id, fault, mend))
    unit = ask(problem, policy).unit_of_account
    together = (unit == unit[account]) if unit[account] >= 0 else np.arange(len(unit)) == account
    return np.flatnonzero(binds & together)


def _relationships(scenario: Scenario, account: IndexArray) -> float:
    """What moves of these accounts would count as disruption, money per year."""
    terms = [term for term in scenario.policy.pair_terms() if isinstance(term, Disruption)]
    nobody = np.full(len(account), -1)
    return float(sum(term.cost(scenario.problem, account, nobody).sum() for term in terms))


def _rows(freed: Scenario, account: int) -> list[dict[str, object]]:
    """Every rep who might serve the account once it is free, the cheapest by prices first."""
    question = ask(freed.problem, freed.policy)
    price = priced_by(question, freed)
    unit = int(question.unit_of_account[account])
    if price is None or unit < 0:
        return []
    reps = np.arange(len(freed.problem.reps))
    found = pairs(question, price, np.array([unit]), reps)
    may = np.flatnonzero(found.allowed[0])
    order = may[np.argsort(found.priced[0, may], kind="stable")]
    return [_row(freed.problem, found.cost[0, r], found.priced[0, r], r) for r in order.tolist()]


def _row(problem: Problem, cost: float, priced: float, rep: int) -> dict[str, object]:
    return {
        "rep": rep,
        "rep_id": str(problem.reps.ids[rep]),
        "name": str(problem.reps.names[rep]),
        "cost per year": round(float(cost), 2),
        "by prices": round(float(priced), 2),
    }
