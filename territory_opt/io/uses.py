"""Which columns of the tables a policy looks at: one of them misspelt would silently change the plan."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.policy import Policy, Wish
from territory_opt.problem import ACCOUNTS, WORKLOAD_H

#: What a wish looks at whatever its parameters say, by its word; reps below.
_ACCOUNTS = {
    "travel": {"visits"},
    "disruption": {"owner", "revenue", "months_with_owner"},
    "attainment": {"volatility", "revenue_sd"},
    "move_cap": {"owner"},
    "stability": {"owner"},
    "locked": {"locked", "owner"},
}
_REPS = {"balance": {"share"}, "attainment": {"share"}, "capacity": {"capacity_h"}}
_ALWAYS = {"status"}  # who leaves
#: Measures that are worked out, and from what. Driving comes from places, whose absence is a fault anyhow.
_WORKED_OUT = {WORKLOAD_H: {"visits", "visit_h"}, ACCOUNTS: set[str]()}


@dataclass(frozen=True)
class Uses:
    """Columns that a policy uses: of accounts, of reps, and those of accounts that it names as measures."""

    accounts: frozenset[str] = frozenset()
    reps: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()


def uses_of(policy: Policy) -> Uses:
    """The columns that the wishes of a policy look at, our names."""
    accounts, reps, measures = set[str](), set(_ALWAYS), set[str]()
    for wish in policy.wishes:
        counted = _texts(wish, "measure", "value")
        measures |= counted - _WORKED_OUT.keys()
        accounts |= _ACCOUNTS.get(wish.name, set()) | _texts(wish, "by", "within")
        accounts = accounts.union(*(_WORKED_OUT.get(name, {name}) for name in counted))
        reps |= _REPS.get(wish.name, set()) | _rep_columns(wish)
    return Uses(frozenset(accounts), frozenset(reps), frozenset(measures))


def _texts(wish: Wish, *parameters: str) -> set[str]:
    """The values of those parameters that the wish has and that are texts."""
    values = (getattr(wish, parameter, None) for parameter in parameters)
    return {value for value in values if isinstance(value, str)}


def _rep_columns(wish: Wish) -> set[str]:
    """The reps' answer to `by`: the column named for it, else the same name or its plural."""
    if hasattr(wish, "groups"):  # of accounts alone
        return set()
    if named := _texts(wish, "reps_by"):
        return named
    return {form for by in _texts(wish, "by") for form in (by, f"{by}s")}
