"""The map under a model: which unit holds each area, which areas are neighbours, who is in pieces.

An area where no account follows becomes a unit of its own, without load and cost, that any rep may take: so
the search gives it away like any other, and it joins whom it helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.areas import Areas
from territory_opt.problem import Int32Array
from territory_opt.question import Question
from territory_opt.solve.columns import Columns
from territory_opt.travel.place import IndexArray


@dataclass(frozen=True)
class Ground:
    """Areas and units. The neighbours of area a are `other[first[a]:first[a + 1]]`, the areas of unit u are
    `area[start[u]:start[u + 1]]`. unit: of each area (areas,), -1 where no account is within reach."""

    unit: Int32Array
    first: IndexArray
    other: Int32Array
    area: Int32Array
    start: IndexArray

    def holder(self, rep_of_unit: Int32Array) -> Int32Array:
        """Rep of each area, -1 for none (areas,)."""
        return np.append(rep_of_unit, -1).astype(np.int32)[self.unit]

    def pieces(self, holder: Int32Array) -> Int32Array:
        """Number of the piece of its territory that each area lies in, (areas,)."""
        one = np.repeat(np.arange(len(self.unit)), np.diff(self.first))
        inside = (holder[one] == holder[self.other]) & (holder[one] >= 0)
        ends = (one[inside], self.other[inside])
        graph = coo_array((np.ones(inside.sum(), np.int8), ends), shape=(len(self.unit),) * 2)
        return connected_components(graph, directed=False)[1].astype(np.int32)

    def surplus(self, rep_of_unit: Int32Array) -> int:
        """How many pieces there are beyond one for each territory."""
        holder = self.holder(rep_of_unit)
        held = holder >= 0
        return len(np.unique(self.pieces(holder)[held])) - len(np.unique(holder[held]))


def ground_of(question: Question, columns: Columns) -> tuple[Ground, Columns]:
    """The map under a question, and its columns with the units that areas without accounts are."""
    areas = question.problem.areas
    assert areas is not None, "check refuses rules about areas where there are none"
    home = question.policy.home_of_rep(question.problem)
    unit, free = _units(question, areas, home)
    n_units = question.n_units + len(free)
    order = np.argsort(unit, kind="stable")
    order = order[unit[order] >= 0]
    first, other = areas.neighbours()
    start = np.searchsorted(unit[order], np.arange(n_units + 1))
    ground = Ground(unit, first, other, order.astype(np.int32), start)
    staying = ~question.problem.reps.leaving
    open_to = [np.flatnonzero(home == a if (home == a).any() else staying).astype(np.int32) for a in free]
    return ground, _with_free_units(columns, open_to)


def _units(question: Question, areas: Areas, home: Int32Array) -> tuple[Int32Array, IndexArray]:
    """Unit of each area, and those areas where no account follows: they are units of their own."""
    follows, unit_of_account = question.policy.area_of(question.problem), question.unit_of_account
    account = np.flatnonzero((follows >= 0) & (unit_of_account >= 0))[::-1]  # the first one written last
    unit = np.full(len(areas), -1, np.int32)
    unit[follows[account]] = unit_of_account[account]
    piece = areas.pieces()
    needed = unit >= 0
    needed[home[home >= 0]] = True
    free = np.flatnonzero((unit < 0) & np.isin(piece, piece[needed]))
    unit[free] = question.n_units + np.arange(len(free))
    return unit, free


def _with_free_units(columns: Columns, open_to: list[Int32Array]) -> Columns:
    """Columns with a unit for each free area; open_to: the reps who may have it."""
    model, n_free = columns.model, len(open_to)
    end = np.cumsum([len(reps) for reps in open_to], dtype=np.int64)
    n_more = int(end[-1]) if n_free else 0
    wider = replace(
        model,
        start=np.concatenate([model.start, model.n_pairs + end]),
        rep=np.concatenate([model.rep, *open_to]),
        cost=np.concatenate([model.cost, np.zeros(n_more)]),
        load=np.concatenate([model.load, np.zeros((model.n_meters, n_more))], axis=1),
    )
    none = np.full(n_free, np.inf)
    return Columns(wider, np.append(columns.least, np.zeros(n_free)), np.append(columns.beyond, none))


def pair_table(start: IndexArray, rep: Int32Array, n_reps: int) -> Int32Array:
    """Pair of each unit and rep, -1 where there is none; (units, reps)."""
    table = np.full((len(start) - 1, n_reps), -1, np.int32)
    table[np.repeat(np.arange(len(start) - 1), np.diff(start)), rep] = np.arange(len(rep))
    return table
