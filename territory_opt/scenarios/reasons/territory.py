"""Why a territory is as it is: what it costs, what presses on it, who comes and goes next, its limits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.explain.subject import row_of
from territory_opt.policy import Balance, Policy
from territory_opt.policy.words import counted
from territory_opt.problem import Int32Array
from territory_opt.question import Question, ask
from territory_opt.result import Result
from territory_opt.scenarios.changes.exempt import Exempt
from territory_opt.scenarios.reasons.answer import Explained, plan_of, saving_of
from territory_opt.scenarios.reasons.pairs import pairs, priced_by
from territory_opt.scenarios.reasons.wishes import meter_of
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.value import value
from territory_opt.solve import Stop
from territory_opt.travel.place import FloatArray, IndexArray

_EDGE = 8  # units on each side of the edge that are told
_NOTHING = 0.5  # money per year that rounds to 0


def explain_territory(
    scenario: Scenario, rep_id: str, *, stop: Stop | None = None, seed: int = 1
) -> Explained:
    """What a territory costs, how hard its bands press, who is next to come or go, what its limits cost.

    stop: of the counter-question, the same plan without bands for this rep; without it, only what prices
    prove is said. Bands inside which imbalance has a price stay.

    figures: `cost`, of its accounts; `saving`, of letting its bands go, money per year; with a stop
    `free_from`: the largest distance from 1.00 that its indices would then have, from which on they are free.

    Raises DataError when there is no such rep, PolicyError when there is no plan.
    """
    result, problem = plan_of(scenario), scenario.problem
    rep = row_of(problem.reps.ids, rep_id, "rep")
    said = [_what_it_costs(scenario, result, rep), *_coming_and_going(scenario, result, rep)]
    said += list(_pressed(scenario, result, rep))
    saving, freed = saving_of(scenario, Exempt(rep_id), stop, seed)
    rows = list(_edge(scenario, rep))
    said += list(_next(rows, problem.currency))
    said.append(f"To let its bands go {saving.said(problem.currency)}.")
    figures = {
        "cost": _cost(scenario, result, rep),
        "saving": saving.found if stop is not None else saving.most,
    }
    if stop is not None and (wide := _indices(freed, scenario, rep)):
        names = ", ".join(f"{measure} {index:.2f}" for measure, index in wide.items())
        said.append(f"It would then hold {names} of its targets; bands as wide as that cost nothing here.")
        figures["free_from"] = max(abs(index - 1) for index in wide.values())
    return Explained(tuple(said), tuple(rows), saving, freed, figures)


def _of_terms(scenario: Scenario, result: Result, rep: int) -> Iterator[tuple[str, float]]:
    account = np.flatnonzero(result.alignment.rep == rep)
    who = np.full(len(account), rep)
    for term in scenario.policy.pair_terms():
        yield term.name, float(term.cost(scenario.problem, account, who).sum())


def _cost(scenario: Scenario, result: Result, rep: int) -> float:
    return sum(money for _, money in _of_terms(scenario, result, rep))


def _what_it_costs(scenario: Scenario, result: Result, rep: int) -> str:
    problem = scenario.problem
    parts = ", ".join(f"{name} {money:,.0f}" for name, money in _of_terms(scenario, result, rep))
    total = f"{_cost(scenario, result, rep):,.0f} {problem.currency} a year"
    n = counted(int((result.alignment.rep == rep).sum()), "account")
    return f"{problem.reps.names[rep]} serves {n}, which cost {total}{f': {parts}' if parts else ''}."


def _coming_and_going(scenario: Scenario, result: Result, rep: int) -> Iterator[str]:
    owner, plan, audit = scenario.problem.accounts.owner, result.alignment.rep, result.audit
    came, went = (plan == rep) & (owner != rep), (owner == rep) & (plan != rep)
    if came.any() or went.any():
        forced = f"{int((came & audit.forced).sum())} and {int((went & audit.forced).sum())} of them forced"
        yield f"{counted(int(came.sum()), 'account')} came and {int(went.sum()):,} went, {forced}."


def _bands(scenario: Scenario) -> list[Balance]:
    return [wish for wish in scenario.policy.wishes if isinstance(wish, Balance)]


def _pressed(scenario: Scenario, result: Result, rep: int) -> Iterator[str]:
    """Each band of the rep: where it stands, and what a point of its target more or less would save."""
    for band in _bands(scenario):
        meter = meter_of(result, band)
        if not meter.target[rep] > 0:
            continue
        low, high = meter.low[rep] / meter.target[rep], meter.high[rep] / meter.target[rep]
        stands = f"{band.measure} is {meter.index[rep]:.2f} of its target, between {low:.2f} and {high:.2f}"
        price = result.known_prices.get(meter.label)
        point = 0.0 if price is None else float(price[rep]) * 0.01 * meter.target[rep]
        if abs(point) < _NOTHING:
            yield f"{stands}{'' if price is None else ' and does not press'}."
        else:
            room = f"a point {'more' if point > 0 else 'less'} would save {abs(point):,.0f}"
            yield f"{stands}: {room} {scenario.problem.currency} a year, by prices."


def _edge(scenario: Scenario, rep: int) -> Iterator[dict[str, object]]:
    """Units that are nearest to going to another rep, and those that are nearest to coming, by prices."""
    question = ask(scenario.problem, scenario.policy)
    prices = priced_by(question, scenario)
    if prices is None:
        return
    serves = plan_of(scenario).alignment.rep[question.account[question.start[:-1]]]
    ours, theirs = np.flatnonzero(serves == rep), np.flatnonzero((serves >= 0) & (serves != rep))
    reps = np.setdiff1d(np.arange(len(scenario.problem.reps)), [rep])
    if len(ours) and len(reps):
        found = pairs(question, prices, ours, np.append(reps, rep))
        away = np.where(found.allowed[:, :-1], found.priced[:, :-1] - found.priced[:, -1:], np.inf)
        best = away.argmin(axis=1)
        yield from _nearest(scenario, question, "goes", ours, reps[best], away.min(axis=1))
    if len(theirs):
        both = np.stack([serves[theirs], np.full(len(theirs), rep)], axis=1)
        found = pairs(question, prices, theirs, both)
        more = np.where(found.allowed[:, 1], found.priced[:, 1] - found.priced[:, 0], np.inf)
        yield from _nearest(scenario, question, "comes", theirs, serves[theirs], more)


def _nearest(
    scenario: Scenario,
    question: Question,
    way: str,
    unit: IndexArray,
    rep: IndexArray | Int32Array,
    more: FloatArray,
) -> Iterator[dict[str, object]]:
    for i in np.argsort(more, kind="stable")[:_EDGE].tolist():
        if not np.isfinite(more[i]):
            return
        account = int(question.account[question.start[unit[i]]])
        yield {
            "next": way,
            "account_id": str(scenario.problem.accounts.ids[account]),
            "name": str(scenario.problem.accounts.names[account]),
            "accounts": int(question.start[unit[i] + 1] - question.start[unit[i]]),
            "other rep": str(scenario.problem.reps.ids[rep[i]]),
            "costs more, by prices": round(float(more[i]), 2),
        }


def _next(rows: list[dict[str, object]], currency: str) -> Iterator[str]:
    for way, verb, side in (("goes", "go, to", "here"), ("comes", "come, from", "there")):
        first = next((row for row in rows if row["next"] == way), None)
        if first is not None:
            money = max(float(str(first["costs more, by prices"])), 0.0)
            once = f"once it costs {money:,.0f} {currency} a year more {side}"
            yield f"The next to {verb} {first['other rep']}, is {first['account_id']}: {once}, by prices."


def _indices(freed: Scenario, scenario: Scenario, rep: int) -> dict[str, float]:
    """The index of each band's measure that the rep has in the plan without bands for him."""
    policy = Policy(scenario.policy.terms, scenario.policy.rules)
    counted_again = value(scenario.problem, policy, plan_of(freed).alignment)
    meters = [(band.measure, meter_of(counted_again, band)) for band in _bands(scenario) if not band.price]
    return {measure: float(meter.index[rep]) for measure, meter in meters if meter.target[rep] > 0}
