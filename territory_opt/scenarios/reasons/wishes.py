"""Which wish is spoken of, and what the plan says about it."""

from __future__ import annotations

from typing import Any

from territory_opt.audit import MeterCount
from territory_opt.errors import PolicyError, did_you_mean
from territory_opt.policy import Policy
from territory_opt.result import Result
from territory_opt.scenarios.changes.wishes import label_of
from territory_opt.scenarios.reasons.answer import plan_of
from territory_opt.scenarios.scenario import Scenario
from territory_opt.scenarios.value import value


def wish_of(scenario: Scenario, name: str, kinds: tuple[type, ...], what: str) -> Any:
    """The one wish of some kinds that goes by a label, a word or a measure; PolicyError when there is none.

    what: the planner's word for the kinds, e.g. `band`.
    """
    ours = [wish for wish in scenario.policy.wishes if isinstance(wish, kinds)]
    for names_of in (lambda w: (label_of(w),), lambda w: (w.name, w.measure)):
        found = [wish for wish in ours if name in names_of(wish)]
        if len(found) == 1:
            return found[0]
        if found:
            labels = ", ".join(label_of(wish) for wish in found)
            raise PolicyError(f"{name!r} may be one of several; say which: {labels}")
    known = [label_of(wish) for wish in ours]
    there = f"there are: {', '.join(known)}" if known else f"no {what} is asked for"
    raise PolicyError(f"there is no {what} {name!r}; {there}. {did_you_mean(name, known)}".strip())


def meter_of(result: Result, wish: Any) -> MeterCount:
    """The count of a wish in a plan."""
    return next(meter for meter in result.audit.meters if meter.label == wish.label())


def recounted(scenario: Scenario, wish: Any) -> MeterCount:
    """The count of a wish on the plan of a scenario that does not ask for it."""
    asked = Policy([*scenario.policy.terms, wish], scenario.policy.rules)
    return meter_of(value(scenario.problem, asked, plan_of(scenario).alignment), wish)
