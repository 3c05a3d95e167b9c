"""The linear relaxation, by the simplex method of SciPy's HiGHS: exact prices where it is quick.

With x between 0 and 1 the formula is a linear program; the duals of "load of bin b = Σ loads" are the best
prices there are (Geoffrion 1974), and its solution is whole for all but a few units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array, hstack

from territory_opt.policy.base import BAND_TOLERANCE
from territory_opt.problem import Int32Array
from territory_opt.solve.model import Cut, Model, least_pair
from territory_opt.travel.place import FloatArray, IndexArray

#: By how much bands are widened, as a share of their limit, so that a bound holds for all that the audit
#: grants. Not by the grant itself: HiGHS cut off optimal answers of a model with counts whose bands moved by
#: its own tolerance, 1e-6.
WIDER_FOR_BOUNDS = 10 * BAND_TOLERANCE
#: Breaches cost so many mean pairs at most, for a load as large as the band. Less only lowers a bound.
_DEAREST = 1e6


@dataclass(frozen=True)
class Relaxed:
    """Price per bin (bins,) and share of each pair (pairs,) in the relaxed plan."""

    prices: FloatArray
    share: FloatArray


@dataclass(frozen=True)
class Whole:
    """A pair per unit, or None; a bound that holds; whether the search came to its end; nodes looked at."""

    choice: IndexArray | None
    bound: float
    proved: bool
    nodes: int


@dataclass(frozen=True)
class Bulk:
    """Many pairs sold by their size instead of one by one, so that a bound may leave them out of a program.

    Whatever pairs of a lot are used, of size s in all: they load each meter with between least·s and most·s,
    and cost at least paid·s less price·load. rep, paid, size (lots,): whose, per size, and all that there is
    of it; least, most, price (meters, lots).
    """

    rep: Int32Array
    paid: FloatArray
    size: FloatArray
    least: FloatArray
    most: FloatArray
    price: FloatArray


@dataclass(frozen=True)
class _Program:
    """The formula as a linear program.

    Columns: shares of pairs; load inside the band of each bin; load over and under it; cost of each curve;
    size taken of each lot; what these load more than their least, a column for each lot and meter.
    """

    cost: FloatArray
    below: csr_array
    limit: FloatArray
    equal: csr_array
    value: FloatArray
    lower: FloatArray
    upper: FloatArray
    scale: FloatArray  # unit of load per bin (bins,)
    money: float  # unit of cost


def relax(model: Model, runtime_s: float = float("inf")) -> Relaxed | None:
    """Solve the relaxation; None when HiGHS did not finish."""
    if runtime_s <= 0:
        return None
    program = _program(model, hard=False)
    options = {"time_limit": runtime_s} if np.isfinite(runtime_s) else {}
    answer = linprog(
        program.cost,
        A_ub=program.below,
        b_ub=program.limit,
        A_eq=program.equal,
        b_eq=program.value,
        bounds=np.column_stack([program.lower, program.upper]),
        method="highs-ds",
        options=options,
    )
    if answer.status != 0:
        return None
    return Relaxed(
        -answer.eqlin.marginals[model.n_units :] * program.money / program.scale, answer.x[: model.n_pairs]
    )


def branch_and_cut(
    model: Model,
    *,
    hard: bool,
    max_nodes: int,
    runtime_s: float = float("inf"),
    bulk: Bulk | None = None,
    cuts: Sequence[Cut] = (),
) -> Whole:
    """The model by HiGHS's branch and cut, which bounds a whole problem better than CP-SAT does.

    Measured at 1,000 × 20: within 0.15 % of the optimum's value after 20 s where CP-SAT's bound is 0.4 %
    under it. One thread and a limit of nodes: the same answer each time, unless the clock cuts it short.
    bulk: further pairs, which then count in the bound only; the choice knows nothing of them.
    cuts: further constraints on the pairs.
    """
    program = _program(model, hard, bulk)
    whole = np.zeros(len(program.cost))
    whole[: model.n_pairs] = 1
    options = {"mip_rel_gap": 1e-7, "node_limit": max_nodes}
    if np.isfinite(runtime_s):
        options["time_limit"] = max(runtime_s, 0.01)
    answer = milp(
        program.cost,
        integrality=whole,
        bounds=Bounds(program.lower, program.upper),
        constraints=[
            LinearConstraint(program.below, -np.inf, program.limit),
            LinearConstraint(program.equal, program.value, program.value),
            *_constraints(cuts, len(program.cost)),
        ],
        options=options,
    )
    nodes = int(answer.mip_node_count or 0)
    if answer.status == 2:
        return Whole(None, np.inf, True, nodes)
    bound = -np.inf if answer.mip_dual_bound is None else float(answer.mip_dual_bound) * program.money
    if answer.x is None:
        return Whole(None, bound, False, nodes)
    share = answer.x[: model.n_pairs]
    return Whole(least_pair(model, -share), bound, answer.status == 0, nodes)


def _constraints(cuts: Sequence[Cut], n_columns: int) -> list[LinearConstraint]:
    """The cuts as one block of rows, where there are any."""
    if not cuts:
        return []
    row = np.repeat(np.arange(len(cuts)), [len(cut.plus) + len(cut.minus) for cut in cuts])
    column = np.concatenate([pairs for cut in cuts for pairs in (cut.plus, cut.minus)])
    sign = np.concatenate([s * np.ones(len(p)) for cut in cuts for s, p in ((1, cut.plus), (-1, cut.minus))])
    rows = coo_array((sign, (row, column)), shape=(len(cuts), n_columns))
    return [LinearConstraint(rows.tocsr(), -np.inf, [cut.most for cut in cuts])]


def _program(model: Model, hard: bool, bulk: Bulk | None = None) -> _Program:
    """Rows: one pair a unit; pairs' load = inside + over - under of each bin; lines under the curves; what
    lots load more than their least.

    hard: nothing may be over or under, and what that costs, which can be beyond any solver's numbers, is
    then in no column.
    """
    n_pairs, n_units, n_bins = model.n_pairs, model.n_units, model.n_bins
    scale, money, none = _scale(model), _money(model), np.zeros(0, np.int64)
    choose = coo_array((np.ones(n_pairs), (model.unit, np.arange(n_pairs))), shape=(n_units, n_pairs))
    over = none if hard else np.flatnonzero(np.isfinite(model.high))
    under = none if hard else np.flatnonzero(np.isfinite(model.low))
    curved = np.flatnonzero(model.curved)
    identity = eye_array(n_bins, format="csc")
    lines, limit = _lines(model, curved, scale, money)
    inside = slice(n_pairs, n_pairs + n_bins)
    breach = np.minimum(model.price * scale / money, _DEAREST)[np.concatenate([over, under])]
    cost = np.concatenate([model.cost / money, np.zeros(n_bins), breach, np.ones(len(curved))])
    lower, upper = np.zeros(len(cost)), np.full(len(cost), np.inf)
    upper[:n_pairs] = 1.0
    lower[inside], upper[inside] = model.low / scale, model.high / scale
    lower[len(cost) - len(curved) :] = model.money[curved].min(axis=1, initial=np.inf) / money
    equal = block_array(
        [
            [choose, None, None, csr_array((n_units, len(curved)))],
            [_weights(model, scale), -identity, hstack([-identity[:, over], identity[:, under]]), None],
        ]
    )
    below = hstack(
        [csr_array((len(limit), n_pairs)), lines[0], csr_array((len(limit), len(breach))), lines[1]]
    )
    value = np.concatenate([np.ones(n_units), np.zeros(n_bins)])
    program = _Program(cost, below.tocsr(), limit, equal.tocsr(), value, lower, upper, scale, money)
    return program if bulk is None else _with_lots(program, model, bulk)


def _with_lots(program: _Program, model: Model, bulk: Bulk) -> _Program:
    """The program with a column for the size of each lot, and one for each meter that it loads at will."""
    n_rows, n_lots, bins = program.equal.shape[0], len(bulk.rep), model.bin[:, bulk.rep]
    loads, spread = np.nonzero(bins >= 0), np.nonzero((bins >= 0) & (bulk.most > bulk.least))
    paid = bulk.paid - (bulk.price * bulk.least).sum(axis=0)
    share, free = 1 / program.scale[bins], np.arange(len(spread[0]))
    taken = coo_array(
        ((bulk.least * share)[loads], (model.n_units + bins[loads], loads[1])), shape=(n_rows, n_lots)
    )
    more = coo_array((share[spread], (model.n_units + bins[spread], free)), shape=(n_rows, len(free)))
    room = coo_array(((bulk.least - bulk.most)[spread], (free, spread[1])), shape=(len(free), n_lots))
    nothing = csr_array((len(program.limit), n_lots))
    return replace(
        program,
        cost=np.concatenate([program.cost, paid / program.money, -bulk.price[spread] / program.money]),
        below=block_array([[program.below, nothing, None], [None, room, eye_array(len(free))]]).tocsr(),
        limit=np.concatenate([program.limit, np.zeros(len(free))]),
        equal=hstack([program.equal, taken, more]).tocsr(),
        lower=np.concatenate([program.lower, np.zeros(n_lots + len(free))]),
        upper=np.concatenate([program.upper, bulk.size, np.full(len(free), np.inf)]),
    )


def _money(model: Model) -> float:
    """A unit of cost that keeps the numbers near 1."""
    return max(float(np.abs(model.cost).mean()) if model.n_pairs else 1.0, 1e-9)


def _lines(
    model: Model, curved: IndexArray, scale: FloatArray, money: float
) -> tuple[tuple[csr_array, csr_array], FloatArray]:
    """Lines that curves are above: rows over load inside and over cost of curves, and their limits."""
    x, y = model.grid[curved], model.money[curved]
    bin_of_line, piece = np.nonzero(np.diff(x) > 0)
    step = np.diff(x)[bin_of_line, piece]
    slope = np.diff(y)[bin_of_line, piece] / step
    at, line = curved[bin_of_line], np.arange(len(slope))
    inside = coo_array((slope * scale[at] / money, (line, at)), shape=(len(line), model.n_bins))
    cost = coo_array((-np.ones(len(line)), (line, bin_of_line)), shape=(len(line), len(curved)))
    limit = (slope * x[bin_of_line, piece] - y[bin_of_line, piece]) / money
    return (inside.tocsr(), cost.tocsr()), limit


def _scale(model: Model) -> FloatArray:
    """A unit of load per bin that keeps the numbers near 1."""
    size = np.where(np.isfinite(model.high), np.abs(model.high), np.abs(model.low))
    size = np.where(np.isfinite(size), size, 1.0)
    return np.maximum(size, 1e-9 * max(float(size.max(initial=1.0)), 1.0)) + (size == 0)


def _weights(model: Model, scale: FloatArray) -> csr_array:
    """Bins × pairs: load of each pair in each bin."""
    rows, columns, values = [], [], []
    for bins, load in zip(model.bin, model.load, strict=True):
        b = bins[model.rep]
        at = np.flatnonzero((b >= 0) & (load != 0))
        rows.append(b[at])
        columns.append(at)
        values.append(load[at] / scale[b[at]])
    shape = (model.n_bins, model.n_pairs)
    if not rows:
        return csr_array(shape)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return coo_array(entries, shape=shape).tocsr()
