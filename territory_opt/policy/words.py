"""The sentences in which a wish says what is wrong with it, and the units it counts in."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from territory_opt.errors import did_you_mean
from territory_opt.language import ENGLISH, Language
from territory_opt.problem import ACCOUNTS, MAY_BE_UNKNOWN, WORKLOAD_H, Problem

_MONEY = ("potential", "revenue")


def range_faults(
    parameter: str, value: float | None, *, low: float = float("-inf"), high: float = float("inf")
) -> Iterator[str]:
    """A parameter that is no number, or outside its range."""
    if value is not None and not (low <= value <= high and math.isfinite(value)):
        most = f" and at most {high:g}" if high != float("inf") else ""
        yield f"{parameter} = {value} must be a number of at least {low:g}{most}"


def column_faults(
    problem: Problem,
    *,
    account_tag: str | None = None,
    account_measure: str | None = None,
    rep_tag: str | None = None,
) -> Iterator[str]:
    """Columns that a wish names and the facts do not have."""
    if account_tag is not None and account_tag not in problem.accounts.tags:
        known = did_you_mean(account_tag, problem.accounts.tags)
        yield f"accounts have no text column {account_tag!r}. {known}"
    if rep_tag is not None and rep_tag not in problem.reps.tags:
        known = did_you_mean(rep_tag, problem.reps.tags)
        yield f"reps have no text column {rep_tag!r}. {known}"
    measures = {*problem.accounts.measures, WORKLOAD_H, ACCOUNTS} - {*MAY_BE_UNKNOWN}
    if account_measure is not None and account_measure not in measures:
        yield f"accounts have no measure {account_measure!r}. {did_you_mean(account_measure, measures)}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 account", "1,200 accounts"; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Collection[object]) -> str:
    """The first five of some names, and how many more there are."""
    shown = [str(name) for name in names]
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5:,} more" if len(shown) > 5 else "")


def unit_of(measure: str, currency: str, load: float, language: Language = ENGLISH) -> str:
    """What a load of this measure is counted in; the column's own name where nothing else is known."""
    if measure == ACCOUNTS:
        return language.say("unit.accounts.one" if load == 1 else "unit.accounts.many")
    if measure in _MONEY:
        return language.say("unit.money", currency=currency, measure=language.name_of("measure", measure))
    return language.name_of("unit", measure)


def load_against_limit(
    verb: str,
    load: float,
    low: float,
    high: float,
    measure: str,
    currency: str,
    language: Language = ENGLISH,
) -> str:
    """A load outside its limits in words: "has 334 h a year, 12 over the limit of 322".

    verb: what is done with the load. All three numbers have the decimals that the difference needs.
    """
    key, limit = ("load.over", high) if load > high else ("load.short", low)
    amount = abs(load - limit)
    whole = all(float(value).is_integer() for value in (load, limit))
    digits = 0 if whole or amount <= 0 else min(max(1 - math.floor(math.log10(amount)), 0), 12)
    said, most, apart = (language.number(value, digits) for value in (load, limit, amount))
    unit = unit_of(measure, currency, load, language)
    return language.say(key, verb=verb, load=said, unit=unit, apart=apart, limit=most)
