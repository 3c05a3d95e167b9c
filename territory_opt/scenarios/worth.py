"""What single decisions are worth, by asking the counter-question: the same problem solved without them.

A shadow price tells what a little more of a limit would save; how far that goes, only another solve can tell.
Both plans have a bound, so that each answer is an interval that holds whatever the search may have missed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.errors import DataError, Issue, PolicyError
from territory_opt.explain.subject import row_of
from territory_opt.policy import Disruption
from territory_opt.problem import Problem
from territory_opt.result import Result, Status
from territory_opt.scenarios.changes import Assign, Change, Without
from territory_opt.scenarios.scenario import Scenario
from territory_opt.shown import ShownAsText
from territory_opt.solve import MaxRuntime, Stop


@dataclass(frozen=True)
class Worth(ShownAsText):
    """Money per year that a decision costs: between `least` and `most`, `found` by the two plans.

    An amount is infinite where nothing is known of it, or where no money will do.
    sentence: in the planner's words. counterpart: the scenario without the decision, with its plan.
    """

    found: float
    least: float
    most: float
    sentence: str
    counterpart: Scenario

    def __str__(self) -> str:
        return self.sentence


def worth_of_staying(
    scenario: Scenario, account_id: str, *, stop: Stop | None = None, seed: int = 1
) -> Worth:
    """What a relationship would have to be worth for the account, which moves, to stay with its owner.

    The plan is compared with the best one in which the account stays, so that
    worth = what its disruption counts now + cost when it stays - cost when it goes. Below `least` it moves in
    every best plan, above `most` it stays in every best plan. All are infinite where it is proved that it can
    only stay at the price of a broken wish; where no plan without one was found, only `least` is known.

    stop: of the counter-question, 30 s by default. Raises DataError for an account that does not move or that
    cannot stay, PolicyError when the scenario has no plan.
    """
    result, problem = _plan(scenario), scenario.problem
    account = row_of(problem.accounts.ids, account_id, "account")
    owner, rep = int(problem.accounts.owner[account]), int(result.alignment.rep[account])
    if owner in (-1, rep):
        raise DataError(_issue(account_id, "does not move, so that nothing keeps it from staying"))
    if problem.reps.leaving[owner]:
        raise DataError(_issue(account_id, "cannot stay: its owner leaves"))
    stay = Assign((account_id,), str(problem.reps.ids[owner]))
    counterpart = _countered(scenario, stay, stop, seed)
    now, names = _disruption(scenario, account), problem.reps.names
    moves = f"{account_id} moves from {names[owner]} to {names[rep]}."
    kept = _plan(counterpart)
    found, least, most = (now + money for money in _interval(kept, result))
    if kept.clashes and not result.clashes:
        least = np.inf if kept.status is Status.IMPOSSIBLE else least
        sentence = f"{moves} {_cannot_stay(problem, kept, least, now)}"
        return Worth(np.inf, least, np.inf, sentence, counterpart)
    stays = f"It would stay if the relationship were worth {_said(problem, found, least, most)} a year"
    sentence = f"{moves} {stays}; it counts as {now:,.0f} {problem.currency} now."
    return Worth(found, least, most, sentence, counterpart)


def worth_of_wish(scenario: Scenario, wish: str, *, stop: Stop | None = None, seed: int = 1) -> Worth:
    """What a band, a lock, a cap or any other wish costs a year: the plan against the best one without it.

    wish: its label (`potential within 15 %`) or its word (`move_cap`). Raises PolicyError for one that is not
    there, and when the scenario has no plan.
    """
    result = _plan(scenario)
    counterpart = _countered(scenario, Without(wish), stop, seed)
    without = _plan(counterpart)
    found, least, most = _interval(result, without)
    said = _said(scenario.problem, found, least, most)
    moved = int((result.alignment.rep != without.alignment.rep).sum())
    sentence = f"{wish} costs {said} a year: without it {moved:,} accounts would go to another rep."
    return Worth(found, least, most, sentence, counterpart)


def _countered(scenario: Scenario, change: Change, stop: Stop | None, seed: int) -> Scenario:
    return scenario.with_(change).solve(stop=stop or MaxRuntime(30.0), seed=seed)


def _plan(scenario: Scenario) -> Result:
    if scenario.result is None:
        raise PolicyError(f"{scenario.name!r} has no plan yet; solve it first")
    return scenario.result


def _interval(dearer: Result, cheaper: Result) -> tuple[float, float, float]:
    """How much more one plan costs than another: as found, at least and at most."""
    found = dearer.objective - cheaper.objective
    return found, dearer.bound - cheaper.objective, dearer.objective - cheaper.bound


def _cannot_stay(problem: Problem, kept: Result, least: float, now: float) -> str:
    """Why no amount of money is known to keep an account: a band comes before money."""
    first = kept.clashes[0]
    if kept.status is Status.IMPOSSIBLE:
        return f"It cannot stay, whatever it is worth: no plan then keeps every wish ({first.message})."
    said = f"In this time no plan was found in which it stays and every wish is kept ({first.message})"
    if not np.isfinite(least):
        return f"{said}, so that nothing is known of what would keep it."
    worth = f"{least:,.0f} {problem.currency} a year"
    return f"{said}; it would have to be worth at least {worth}, and counts as {now:,.0f} now."


def _disruption(scenario: Scenario, account: int) -> float:
    """What the move of an account counts as disruption now, money per year."""
    who, other = np.array([account]), np.array([-1])
    terms = [t for t in scenario.policy.pair_terms() if isinstance(t, Disruption)]
    return float(sum(term.cost(scenario.problem, who, other)[0] for term in terms))


def _said(problem: Problem, found: float, least: float, most: float) -> str:
    """An amount, as an interval where that says more."""
    amount = f"{found:,.0f} {problem.currency}"
    if not np.isfinite(least) and not np.isfinite(most):
        return f"{amount} (nothing is proved)"
    if not np.isfinite(least):
        return f"{amount} (proved: at most {most:,.0f})"
    if not np.isfinite(most):
        return f"{amount} (proved: at least {least:,.0f})"
    return amount if round(least) == round(most) else f"{amount} (proved: {least:,.0f} to {most:,.0f})"


def _issue(account_id: str, fault: str) -> Issue:
    return Issue("accounts", None, "account_id", account_id, fault, "Ask about an account that moves")
