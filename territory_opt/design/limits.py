"""What no territory can hold, and what can be done about it."""

from __future__ import annotations

import math

import numpy as np

from territory_opt.design.seats import tame
from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.policy.words import counted
from territory_opt.problem import Problem
from territory_opt.solve.design.sites import Sites

_LEAST_SHARE, _MOST_SHARE = 0.1, 0.5  # of a territory, that is proposed for parts
_ROUNDING = 1e-6


def too_heavy(problem: Problem, wishes: Wishes, units: Units, sites: Sites) -> str:
    """The piece that no territory can hold, in words, if there is one: a proof by itself.

    Areas of several accounts can be cut, and the sentence says how; one account cannot.
    """
    for m, measure in enumerate(wishes.within):
        load, high = sites.load[m], float(sites.high[m, 0])
        heavy = np.flatnonzero(load > high * (1 + _ROUNDING))
        if len(heavy):
            unit = int(heavy[load[heavy].argmax()])
            target = max(float(load.sum()) / wishes.k, 1e-300)
            said = f"its {measure} is {load[unit] / target:.2f} times the target"
            return f"No territory can hold {_name(problem, units, unit)}: {said}. " + _way_out(
                problem, wishes, units, (measure, high, heavy)
            )
    return ""


def _name(problem: Problem, units: Units, unit: int) -> str:
    name = problem.accounts.names[np.argmax(units.of_account == unit)]
    if problem.areas is not None and units.area[unit] >= 0:
        name = problem.areas.names[units.area[unit]]
    return tame(str(name))


def _way_out(problem: Problem, wishes: Wishes, units: Units, found: tuple[str, float, np.ndarray]) -> str:
    """Cut the areas, where that helps; else fewer territories. found: measure, upper limit, heavy units."""
    measure, high, heavy = found
    every = np.arange(len(problem.accounts))
    load = np.asarray(problem.load(counted_as(measure), every, every))
    largest = int(load.argmax())
    most = math.floor(wishes.k * high / max(float(load[largest]), 1e-300) + _ROUNDING)
    if load[largest] > high * (1 + _ROUNDING):
        alone = f"{tame(str(problem.accounts.names[largest]))} is one account, which cannot be cut"
        return f"{alone}: ask for {counted(most, 'territory', 'territories')} at most, or a wider band."
    on_map = problem.areas is not None and problem.areas.outlines is not None
    if on_map and (units.area[heavy] >= 0).all():
        too_large = counted(len(heavy), "area is too large", "areas are too large")
        share = float(np.clip(2 * wishes.within[measure], _LEAST_SHARE, _MOST_SHARE))  # as wide as the band
        how = f"split_over={share:.2g} (--split {share:.2g})"
        if wishes.split_over is None:
            return f"{too_large}: {how} cuts such areas along their accounts."
        return f"{too_large} although they were cut: ask for smaller parts, or for a wider band."
    return "Ask for fewer territories, or a wider band."
