"""Every public formula of fairness, quotas, forecasts, headcount and pay says where it comes from."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType

import pytest

from territory_opt.quota import METHODS

MODULES = {
    "fairness": ("", "measures"),
    "forecast": ("", "credibility", "season", "smoothing"),
    "headcount": ("",),
    "incentives": ("",),
    "policy": ("attainment",),
    "quota": (
        "",
        "association",
        "filling",
        "levels",
        "outlook",
        "payout",
        "ramp",
        "rounding",
        "verdict",
        "caps",
    ),
    "volatility": ("",),
}
ROOMS = [
    import_module(".".join(filter(None, ("territory_opt", room, part))))
    for room, parts in MODULES.items()
    for part in parts
]
#: A year of a publication, or a word on where it is used.
SOURCE = re.compile(r"\b(?:1[6-9]|20)\d\d\b(?!-)|practice")
#: They read, choose or hand over, and count nothing by a formula of their own.
NO_FORMULA = {
    *("columns_of_groups", "of_meter", "has_index", "by_group", "fairness", "with_forecast", "settings_of"),
    *("quotas_by", "quotas_by_all", "outlook_of", "quota_fairness", "judge_year", "backtest_quotas"),
    *(
        "curve_of",
        "curve_faults",
        "split_faults",
        "reconciled",
        "credits_of",
        "full_time_seats",
        "rates_today",
    ),
    *("at_least", "without_season", "volatility_of", "tuned", "with_potential"),
}


def formulas() -> Iterator[tuple[str, str]]:
    """Name and docstring, with that of the module, which may give one source for all in it."""
    for room in ROOMS:
        for name, thing in vars(room).items():
            public = isinstance(thing, FunctionType) and not name.startswith("_")
            if public and thing.__module__.startswith(room.__name__) and name not in NO_FORMULA:
                yield name, f"{thing.__doc__}\n{import_module(thing.__module__).__doc__}"
    for name, method in METHODS.items():
        yield name, f"{inspect.getdoc(method)}\n{import_module(method.__module__).__doc__}"


@pytest.mark.parametrize(("name", "said"), sorted(dict(formulas()).items()))
def test_it_names_its_source(name: str, said: str) -> None:
    assert SOURCE.search(said), f"{name} says nothing of where its formula comes from"


def test_exceptions_exist() -> None:
    names = {name for room in ROOMS for name in vars(room)}
    assert names >= NO_FORMULA, NO_FORMULA - names
