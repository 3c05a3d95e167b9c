"""Hess's model of a small design by branch and cut: which units are centres, and who is served from where.

Hess et al. 1965. A site that lies in a unit is open when it serves that unit, so no variable says so again.
Connectivity enters by separators (Oehrlein & Haunert 2017): a unit is served from a site only with some unit
of a set that parts the two. The first ones are a unit's own neighbours; others are cut in when a piece turns
up that is cut off.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDS = 20  # of separators


@dataclass(frozen=True)
class Whole:
    """A site per unit, or None; whether it is optimal among the pairs given; branch-and-cut nodes."""

    site: IndexArray | None
    proved: bool
    nodes: int


def solve_hess(sites: Sites, allowed: BoolArray, max_nodes: int, deadline_s: float = float("inf")) -> Whole:
    """The cheapest design that uses allowed pairs (units, sites) only.

    max_nodes: limit of all rounds together. A site with a home needs the pair with it to open.
    """
    columns = _Columns(sites, allowed)
    if not columns.can_serve_all():
        return Whole(None, True, 0)
    rows = _Rows(len(columns.cost))
    _add_design(columns, rows)
    _add_bands(columns, rows)
    graph = adjacency(sites.n_units, sites.edges) if sites.contiguous else None
    if graph is not None:
        _add_first_separators(columns, rows, graph)
    nodes = 0
    for _ in range(_ROUNDS):
        x, proved, looked_at = _branch_and_cut(columns, rows, max_nodes - nodes, deadline_s)
        nodes += looked_at
        if x is None:
            return Whole(None, proved, nodes)
        seat = columns.seat_of_unit(x)
        if graph is None or not _cut_off(columns, rows, graph, seat):
            return Whole(columns.site[seat], proved, nodes)
        if nodes >= max_nodes:
            break
    return Whole(None, False, nodes)


class _Columns:
    """Seats are sites, or sites with each rep; columns are pairs of unit and seat, then what opens seats.

    Seats without a home have a column of their own that opens them, the others that of their home unit.
    """

    def __init__(self, sites: Sites, allowed: BoolArray):
        self.sites, n_reps = sites, sites.k if sites.rep_cost is not None else 1
        at_home = np.flatnonzero(sites.home >= 0)
        usable = np.ones(sites.n_sites, bool)
        usable[at_home] = allowed[sites.home[at_home], at_home]
        used = np.flatnonzero(usable & allowed.any(axis=0))
        self.site = np.repeat(used, n_reps)
        self.rep = np.tile(np.arange(n_reps), len(used))
        self.unit, self.seat = np.nonzero(allowed[:, self.site])
        cost = sites.cost[self.unit, self.site[self.seat]]
        if sites.rep_cost is not None:
            cost = cost + sites.rep_cost[self.unit, self.rep[self.seat]]
        self.n_pairs = len(self.unit)
        self.number = np.full((sites.n_units, len(self.site)), -1)
        self.number[self.unit, self.seat] = np.arange(self.n_pairs)
        home = sites.home[self.site]
        self.opener = np.where(home >= 0, self.number[home, np.arange(len(home))], -1)
        bare = np.flatnonzero(home < 0)
        self.opener[bare] = self.n_pairs + np.arange(len(bare))
        self.n_whole = self.n_pairs + len(bare)
        self.soft = self._soft_meters()
        n_breaches = 2 * len(self.soft) * len(self.site)
        self.unit_cost = max(float(np.abs(cost).mean()) if len(cost) else 1.0, 1e-9)
        breach = np.zeros(n_breaches)
        if n_breaches and sites.breach_price is not None:
            breach = np.repeat(sites.breach_price[self.soft] * self.load_scale(self.soft), 2 * len(self.site))
        self.cost = np.concatenate([cost, np.zeros(len(bare)), breach]) / self.unit_cost

    def _soft_meters(self) -> IndexArray:
        price = self.sites.breach_price
        return np.zeros(0, np.int64) if price is None else np.flatnonzero(np.isfinite(price))

    def load_scale(self, meters: IndexArray) -> FloatArray:
        """A unit of load per meter that keeps the numbers near 1."""
        return np.maximum(np.abs(self.sites.load[meters]).mean(axis=1), 1e-12)

    def can_serve_all(self) -> bool:
        return len(np.unique(self.unit)) == self.sites.n_units and len(np.unique(self.site)) >= self.sites.k

    def seat_of_unit(self, x: FloatArray) -> IndexArray:
        chosen = np.flatnonzero(x[: self.n_pairs] > 0.5)
        seat = np.full(self.sites.n_units, -1)
        seat[self.unit[chosen]] = self.seat[chosen]
        return seat


@dataclass
class _Rows:
    """Rows of a linear program as they come: low ≤ Σ value·column ≤ high."""

    n_columns: int
    row: list[IndexArray] = field(default_factory=list)
    column: list[IndexArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    low: list[FloatArray] = field(default_factory=list)
    high: list[FloatArray] = field(default_factory=list)
    n_rows: int = 0

    def add(
        self, entries: list[tuple[IndexArray, IndexArray, FloatArray]], low: FloatArray, high: FloatArray
    ) -> None:
        """Rows low ≤ … ≤ high with entries (row from 0, column, value)."""
        for row, column, value in entries:
            self.row.append(self.n_rows + row)
            self.column.append(column)
            self.value.append(np.broadcast_to(value, row.shape))
        self.low.append(low)
        self.high.append(high)
        self.n_rows += len(low)

    def constraint(self) -> LinearConstraint:
        where = (np.concatenate(self.row), np.concatenate(self.column))
        matrix = coo_array((np.concatenate(self.value), where), shape=(self.n_rows, self.n_columns))
        return LinearConstraint(csr_array(matrix), np.concatenate(self.low), np.concatenate(self.high))


_ONE = np.ones(1)


def _add_design(columns: _Columns, rows: _Rows) -> None:
    """Each unit once, only from open seats; k centres, one a rep, one a site."""
    sites, pairs = columns.sites, np.arange(columns.n_pairs)
    ones = np.ones(sites.n_units)
    rows.add([(columns.unit, pairs, _ONE)], ones, ones)
    other = pairs[columns.opener[columns.seat] != pairs]
    at = np.arange(len(other))
    opener = columns.opener[columns.seat[other]]
    rows.add([(at, other, _ONE), (at, opener, -_ONE)], np.full(len(at), -np.inf), np.zeros(len(at)))
    if sites.rep_cost is None:
        group, wanted = np.zeros(len(columns.site), np.int64), np.full(1, float(sites.k))
    else:
        group, wanted = columns.rep, np.ones(sites.k)
    rows.add([(group, columns.opener, _ONE)], wanted, wanted)
    if sites.rep_cost is not None:  # a site with a home is taken once anyway, with its unit
        once = np.ones(sites.n_sites)
        rows.add([(columns.site, columns.opener, _ONE)], 0.0 * once, once)


def _add_bands(columns: _Columns, rows: _Rows) -> None:
    """Σ load·x - high·open ≤ 0 ≤ Σ load·x - low·open, with breaches where the band is soft."""
    sites, n_seats = columns.sites, len(columns.site)
    seats = np.arange(n_seats)
    for m, scale in enumerate(columns.load_scale(np.arange(len(sites.load)))):
        inside = (columns.seat, np.arange(columns.n_pairs), sites.load[m][columns.unit] / scale)
        for side, limit, sign in ((0, sites.high[m], 1.0), (1, sites.low[m], -1.0)):
            bound = limit[columns.site]
            if not np.isfinite(bound).any():
                continue
            known = np.where(np.isfinite(bound), bound, 0.0) / scale
            entries = [inside, (seats, columns.opener, -known)]
            if m in columns.soft:
                first = columns.n_whole + (2 * int(np.searchsorted(columns.soft, m)) + side) * n_seats
                entries.append((seats, first + seats, np.full(n_seats, -sign)))
            free, never = np.where(np.isfinite(bound), 0.0, np.inf), np.full(n_seats, np.inf)
            rows.add(entries, *((-never, free) if side == 0 else (-free, never)))


def _add_first_separators(columns: _Columns, rows: _Rows, graph: csr_array) -> None:
    """A unit away from the centre is served with a neighbour of its own."""
    home = columns.sites.home[columns.site]
    pairs = np.flatnonzero(home[columns.seat] != columns.unit)
    beside = graph.indptr[columns.unit[pairs]], graph.indptr[columns.unit[pairs] + 1]
    size = beside[1] - beside[0]
    row = np.repeat(np.arange(len(pairs)), size)
    step = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    unit = graph.indices[np.repeat(beside[0], size) + step]
    column = columns.number[unit, columns.seat[pairs][row]]
    there = column >= 0
    entries = [(np.arange(len(pairs)), pairs, _ONE), (row[there], column[there], -_ONE)]
    rows.add(entries, np.full(len(pairs), -np.inf), np.zeros(len(pairs)))


def _cut_off(columns: _Columns, rows: _Rows, graph: csr_array, seat: IndexArray) -> bool:
    """Add a separator for each piece that is cut off from its centre; whether there was any."""
    sites, found = columns.sites, False
    for s in np.unique(seat):
        members = np.flatnonzero(seat == s)
        n_parts, part = connected_components(graph[members][:, members], directed=False)
        own = part[np.flatnonzero(members == sites.home[columns.site[s]])]
        for p in range(n_parts):
            if p in own:
                continue
            found = True
            piece = members[part == p]
            _add_separator(columns, rows, graph, piece)
    return found


def _add_separator(columns: _Columns, rows: _Rows, graph: csr_array, piece: IndexArray) -> None:
    """No seat beyond the rim serves the piece without a unit of the rim that its own side touches."""
    rim = np.setdiff1d(np.unique(graph[piece].indices), piece)
    beyond = np.setdiff1d(np.arange(columns.sites.n_units), np.concatenate([piece, rim]))
    n_sides, side = connected_components(graph[beyond][:, beyond], directed=False)
    side_of_unit = np.full(columns.sites.n_units, -1)
    side_of_unit[beyond] = side
    touched = [np.unique(side_of_unit[graph.indices[graph.indptr[v] : graph.indptr[v + 1]]]) for v in rim]
    for a in range(n_sides):
        nearer = rim[[a in sides for sides in touched]]
        for s in np.flatnonzero(side_of_unit[columns.sites.home[columns.site]] == a):
            inner, outer = columns.number[piece, s], columns.number[nearer, s]
            inner, outer = inner[inner >= 0], outer[outer >= 0]
            row = np.arange(len(inner))
            beside = (np.repeat(row, len(outer)), np.tile(outer, len(inner)), -_ONE)
            rows.add([(row, inner, _ONE), beside], np.full(len(row), -np.inf), np.zeros(len(row)))


def _branch_and_cut(
    columns: _Columns, rows: _Rows, max_nodes: int, deadline_s: float
) -> tuple[FloatArray | None, bool, int]:
    upper = np.full(len(columns.cost), np.inf)
    upper[: columns.n_whole] = 1.0
    whole = np.zeros(len(columns.cost))
    whole[: columns.n_whole] = 1
    options: dict[str, float] = {"mip_rel_gap": 1e-7, "node_limit": max_nodes}
    if np.isfinite(deadline_s):
        options["time_limit"] = max(deadline_s - time.perf_counter(), 0.01)
    answer = milp(
        columns.cost,
        integrality=whole,
        bounds=Bounds(np.zeros(len(upper)), upper),
        constraints=rows.constraint(),
        options=options,
    )
    return answer.x, answer.status in (0, 2), int(answer.mip_node_count or 0)
