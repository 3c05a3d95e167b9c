"""How many territories each given region gets, and how many groups of them."""

from __future__ import annotations

import numpy as np

from territory_opt.design.regions import Regions
from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray, IndexArray


def territories_by_region(problem: Problem, wishes: Wishes, units: Units, regions: Regions) -> IndexArray:
    """Numbers of territories, (regions,): those given, else by the mean share of all measures."""
    if wishes.per_region is not None:
        return np.array([wishes.per_region[name] for name in regions.names], np.int64)
    weight = np.zeros(len(problem.accounts))
    every = np.arange(len(weight))
    for measure in wishes.within or ["accounts"]:
        load = np.asarray(problem.load(counted_as(measure), every, every), np.float64)
        weight += load / max(float(load.sum()), 1e-300)
    held = np.bincount(regions.of_unit, units.total(weight), minlength=len(regions.names))
    return shared_out(wishes.k, held.astype(np.float64))


def groups_by_region(wishes: Wishes, territories: IndexArray) -> list[IndexArray]:
    """Groups of each level from below, (regions,) each: by how many of those below a region has."""
    found, below = [], territories
    for level in wishes.levels:
        below = shared_out(level.n, below.astype(np.float64))
        found.append(below)
    return found


def shared_out(k: int, weight: FloatArray) -> IndexArray:
    """k whole numbers of at least 1 in proportion to weights, by the largest remainder; (weights,).

    What is due less than 1 gets it, and the rest is shared over the others (Balinski & Young 1982). Equal
    weights where all are 0. k must be no less than their number.
    """
    found, free = np.ones(len(weight), np.int64), np.ones(len(weight), bool)
    weight = np.maximum(weight, 0.0) if (weight > 0).any() else np.ones(len(weight))
    while free.any():
        left = k - int((~free).sum())
        due = np.where(free, left * weight / max(float(weight[free].sum()), 1e-300), np.inf)
        if (due >= 1).all():
            return _rounded(found, np.where(free, due, 0.0), free, left)
        free &= due >= 1
    return found


def _rounded(found: IndexArray, due: FloatArray, free: np.ndarray, left: int) -> IndexArray:
    whole = np.floor(due + 1e-9).astype(np.int64)
    order = np.argsort(np.where(free, whole - due, np.inf), kind="stable")
    whole[order[: left - int(whole.sum())]] += 1
    return np.where(free, whole, found)
