"""New seats: where they are and what they are called."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from territory_opt.design.units import Units
from territory_opt.problem import Problem, Reps, TextArray
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray, IndexArray

_LONGEST_NAME = 60
_SIGNS = "=+-@|＝＋－＠'\" "  # what a spreadsheet may run, and what hides it


def new_seats(problem: Problem, units: Units, centre: IndexArray, label: IndexArray) -> Reps:
    """A vacant seat at each centre (k,) unit indices; label (units,): territory of each unit."""
    k = len(centre)
    names = _names(problem, units, centre, label)
    ids = fresh_ids(k, ())
    status = {"status": ["vacant"] * k, "territory": names}
    return Reps.of(ids, names=names, lat=units.lat[centre], lon=units.lon[centre], tags=status)


def fresh_ids(k: int, taken: Iterable[str]) -> list[str]:
    """T1, T2 …, or with more Ts where such an id is taken."""
    known, prefix = set(taken), "T"
    while any(f"{prefix}{t + 1}" in known for t in range(k)):
        prefix += "T"
    return [f"{prefix}{t + 1}" for t in range(k)]


def _names(problem: Problem, units: Units, centre: IndexArray, label: IndexArray) -> list[str]:
    """The area of each centre, else the nearest of the territory's larger accounts; each name once."""
    names: list[str] = []
    for t, unit in enumerate(centre):
        text = _area_name(problem, int(units.area[unit]))
        text = text or tame(_account_name(problem, units, int(unit), label[units.of_account] == t))
        text = text or f"Territory {t + 1}"
        number = sum(name == text or name.startswith(f"{text} (") for name in names)
        names.append(f"{text} ({number + 1})" if number else text)
    return names


def _area_name(problem: Problem, area: int) -> str:
    return "" if problem.areas is None or area < 0 else tame(str(problem.areas.names[area]))


def _account_name(problem: Problem, units: Units, unit: int, own: TextArray) -> str:
    """The nearest account that is as large as the territory's mean, by potential."""
    accounts, account = problem.accounts, np.flatnonzero(own)
    size: FloatArray = accounts.measures["potential"][account]
    large = account[size >= size.mean()] if len(account) else account
    if not len(large):
        return ""
    km = great_circle_km(accounts.lat[large], accounts.lon[large], units.lat[unit], units.lon[unit])
    return str(accounts.names[large[np.argmin(km)]])


def tame(text: str) -> str:
    """A name that no terminal, page or spreadsheet takes for more than a name."""
    seen = "".join(c if c.isprintable() and c not in "<>" else " " for c in text)
    return " ".join(seen.split()).lstrip(_SIGNS)[:_LONGEST_NAME].strip()
