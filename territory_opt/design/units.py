"""What moves as one piece in a design: areas with their accounts, families, or accounts alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.areas import Areas
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Units:
    """of_account (accounts,): unit of each account. lat, lon (units,): where a centre would be, degrees.

    area (units,): index in the areas, -1 for none. edges (edges, 2): units next to each other.
    """

    of_account: Int32Array
    lat: FloatArray
    lon: FloatArray
    area: Int32Array
    edges: Int32Array

    def __len__(self) -> int:
        return len(self.area)

    @property
    def centres(self) -> IndexArray:
        """Units where a centre may be: those with an account."""
        return np.unique(self.of_account)

    def part(self, rows: IndexArray) -> tuple[Units, IndexArray]:
        """Some units alone, numbered from 0, and the accounts in them: rows of the accounts, rising."""
        number = np.full(len(self), -1, np.int32)
        number[rows] = np.arange(len(rows), dtype=np.int32)
        account = np.flatnonzero(number[self.of_account] >= 0)
        edges = number[self.edges]
        inside = edges[(edges >= 0).all(axis=1)]
        of_account = number[self.of_account[account]]
        return Units(of_account, self.lat[rows], self.lon[rows], self.area[rows], inside), account

    def total(self, values: FloatArray) -> FloatArray:
        """Sum of a value of accounts in each unit; (accounts,) to (units,)."""
        return np.bincount(self.of_account, values, minlength=len(self)).astype(np.float64)


def units_of(problem: Problem, contiguous: bool) -> Units:
    """Areas where accounts lie in some, families elsewhere.

    Contiguous: areas without accounts are units too, unless nothing joins them to an account; an account in
    no area goes with the nearest one. Otherwise such an account is a unit of its own.
    """
    areas = problem.areas
    if areas is None or (problem.accounts.area < 0).all():
        return _by_family(problem)
    return _on_the_map(problem, areas) if contiguous else _by_area(problem, areas)


def _by_family(problem: Problem) -> Units:
    code = np.full(len(problem.accounts), -1, np.int64)
    if "family" in problem.accounts.tags:
        code = problem.accounts.tags["family"].code.astype(np.int64)
    unit, n_units = _numbered(code)
    return _placed(problem, unit, np.full(n_units, -1, np.int32))


def _by_area(problem: Problem, areas: Areas) -> Units:
    unit, n_units = _numbered(problem.accounts.area.astype(np.int64))
    area = np.full(n_units, -1, np.int32)
    area[unit] = problem.accounts.area
    return _placed(problem, unit, area, areas)


def _on_the_map(problem: Problem, areas: Areas) -> Units:
    accounts = problem.accounts
    piece, inside = areas.pieces(), accounts.area >= 0
    chosen = np.isin(piece, piece[accounts.area[inside]])
    number = np.append(np.where(chosen, np.cumsum(chosen) - 1, -1), -1)
    unit, edges = number[accounts.area], number[areas.edges]
    for a in np.flatnonzero(~inside):  # few, if any: each goes with the account nearest to it
        km = great_circle_km(accounts.lat[a], accounts.lon[a], accounts.lat[inside], accounts.lon[inside])
        unit[a] = unit[inside][np.argmin(km)]
    area = np.flatnonzero(chosen).astype(np.int32)
    return _placed(problem, unit, area, areas, edges[(edges >= 0).all(axis=1)])


def _numbered(code: IndexArray) -> tuple[IndexArray, int]:
    """Unit of each account, numbered as they first appear; accounts of code -1 are units of their own."""
    own = np.where(code < 0, code.max(initial=-1) + 1 + np.arange(len(code)), code)
    _, first, inverse = np.unique(own, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse], len(first)


def _placed(
    problem: Problem, unit: IndexArray, area: Int32Array, areas: Areas | None = None, edges: object = None
) -> Units:
    """Units at the point inside their area, else where their most visited account is."""
    accounts = problem.accounts
    order = np.lexsort((accounts.measures["visits"], unit))  # the last one written stays
    lat, lon = np.full(len(area), np.nan), np.full(len(area), np.nan)
    lat[unit[order]], lon[unit[order]] = accounts.lat[order], accounts.lon[order]
    if areas is not None:
        known: BoolArray = (area >= 0) & np.isfinite(areas.lat[area]) & np.isfinite(areas.lon[area])
        lat[known], lon[known] = areas.lat[area[known]], areas.lon[area[known]]
    pairs = np.zeros((0, 2), np.int32) if edges is None else np.asarray(edges, np.int32)
    return Units(unit.astype(np.int32), lat, lon, area, pairs)
