"""Which pairs are worth holding: each unit's best by priced cost, with a proof for those left out.

The full problem has units × reps pairs and is never held. A pass works them out in blocks, prices them and
keeps the best few of each unit; the least priced cost over *all* pairs gives the bound of the full problem,
and that of the best pair left out says what leaving it out could have missed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt.question import Block, Question
from territory_opt.solve.kernels import choose_columns
from territory_opt.solve.model import Model, curve_arrays, least_pair
from territory_opt.solve.prices import (
    RELAXED_PAIRS,
    TEMPERATURES,
    Prices,
    bin_bound,
    climb,
    find_prices,
    natural_price,
    polished,
)
from territory_opt.travel.place import FloatArray, IndexArray

_EARLY, _MIDDLE, _LATE = TEMPERATURES[:4], TEMPERATURES[3:5], TEMPERATURES[4:]
_FEW_ITERATIONS = 40
#: Ceilings of prices while columns are few, in natural prices; up to 30 are seen at the optimum.
_CEILINGS = (3.0, 10.0, 30.0, 100.0, np.inf, np.inf)
_POLISHED_UNITS = 400_000  # beyond, the simplex method takes minutes for what is 0.03 % of the bound
_TURN_GAP = 1e-4  # what pairs left out may still be worth, as a share of the bound
#: What a unit is worth in a group of reps is at most its best pair left out, so small regrets are kept.
_WIDTH, _MOST_PER_UNIT, _HELD_PAIRS = 60.0, 64, 4_000_000
_SAMPLE_UNITS, _SAMPLE_ABOVE = 50_000, 200_000


@dataclass(frozen=True)
class Columns:
    """Each unit's best pairs at some prices, and what is known of the pairs left out.

    least: the least priced cost of each unit over all its allowed pairs, also those left out; beyond: that
    of the best pair left out, inf where none is; both (units,).
    """

    model: Model
    least: FloatArray
    beyond: FloatArray


@dataclass(frozen=True)
class Priced:
    """Columns chosen at prices, and the bound that these prove for the full problem."""

    columns: Columns
    prices: Prices
    bound: float


def build(question: Question, per_unit: int | None = None) -> Model:
    """The model of every allowed pair, or of each unit's cheapest `per_unit` pairs."""
    return columns(question, no_prices(question), per_unit).model


def full_bound(question: Question, prices: FloatArray) -> float:
    """L(λ) over every allowed pair of the full problem."""
    best = columns(question, prices, 1)
    return _bound(best, best.model, prices)


def no_prices(question: Question) -> FloatArray:
    """A price of 0 for every bin."""
    return np.zeros(sum(len(curve.low) for curve in question.curves))


def columns(
    question: Question, prices: FloatArray, per_unit: int | None, most: int = 0, width: float = 0.0
) -> Columns:
    """Price every pair of the full problem and keep the best of each unit; one pass, in blocks.

    per_unit: pairs that each unit keeps, None for all. most: up to so many are kept while their priced cost
    is within `width` of the unit's least.
    """
    arrays = curve_arrays(question)
    n_reps, n_meters = len(question.problem.reps), len(question.terms)
    fewest = n_reps if per_unit is None else min(per_unit, n_reps)
    keep = max(fewest, min(most, n_reps))
    padded = np.append(prices, 0.0)

    def best(block: Block) -> tuple[np.ndarray, ...]:
        loads = np.ascontiguousarray(block.loads)
        rep, least, beyond = choose_columns(
            block.cost, loads, block.allowed, arrays["bin"], padded, fewest, keep, width
        )  # fmt: skip
        unit, rank = np.nonzero(rep >= 0)
        chosen = rep[unit, rank]
        return (rep >= 0).sum(axis=1), chosen, block.cost[unit, chosen], loads[:, unit, chosen], least, beyond

    none = (np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0), np.zeros((n_meters, 0)))
    rows = list(question.of_blocks(best)) or [(*none, np.zeros(0), np.zeros(0))]
    count, rep, cost, load, least, beyond = zip(*rows, strict=True)
    model = Model(
        start=np.concatenate([[0], np.cumsum(np.concatenate(count))]).astype(np.int64),
        rep=np.concatenate(rep),
        cost=np.concatenate(cost),
        load=np.concatenate(load, axis=1),
        **arrays,
    )
    return Columns(model, np.concatenate(least), np.concatenate(beyond))


def price_columns(
    question: Question, per_unit: int, runtime_s: float = float("inf"), start: FloatArray | None = None
) -> Priced:
    """Prices for the full problem, and each unit's best pairs at them.

    A small problem keeps every pair. In others columns and prices take turns until the pairs left out would
    change nothing (column generation: Gilmore & Gomory 1961), a large one first on a sample of its units,
    unless there are prices to start from (bins,). The bound is that of the full problem in every case.
    """
    zero = no_prices(question)
    if question.n_units * len(question.problem.reps) <= RELAXED_PAIRS:
        every = columns(question, zero, None)
        prices = find_prices(every.model, runtime_s)
        return _priced(question, every.model, prices.value, None)
    cheapest = columns(question, zero, per_unit).model
    if start is not None or question.n_units <= _SAMPLE_ABOVE:
        pool, start = _take_turns(question, cheapest, zero if start is None else start, per_unit)
    else:
        units = _spread_sample(cheapest)
        times = question.n_units / len(units)
        sample, part = question.of_units(units), cheapest.of_units(units).times(times)
        _, start = _take_turns(sample, part, zero, per_unit, times)
        pool, start = _take_turns(question, cheapest, start, per_unit)
    few = question.n_units <= _POLISHED_UNITS
    prices = (polished(pool, start, runtime_s) if few else None) or climb(pool, start, _LATE)
    return _priced(question, pool, prices.value, per_unit)


def widened(question: Question, prices: FloatArray, room: float, held: Columns) -> Columns | None:
    """The columns held and every pair within `room` of the best of its unit; None where they are too many."""
    most = min(len(question.problem.reps), _HELD_PAIRS // max(question.n_units, 1))
    wider = columns(question, prices, 1, most, room)
    if not (wider.beyond - wider.least > room).all():
        return None
    return replace(wider, model=wider.model.united(held.model))


def _priced(question: Question, model: Model, prices: FloatArray, per_unit: int | None) -> Priced:
    most = min(_MOST_PER_UNIT, _HELD_PAIRS // max(model.n_units, 1))
    cheapest = np.minimum.reduceat(np.abs(model.cost), model.start[:-1]) if model.n_units else np.ones(1)
    chosen = columns(question, prices, per_unit, most, _WIDTH * float(cheapest.mean()))
    bound = _bound(chosen, model, prices)
    return Priced(chosen, Prices(prices, bound), bound)


def _bound(chosen: Columns, model: Model, prices: FloatArray, times: float = 1.0) -> float:
    return times * float(chosen.least.sum()) + float(bin_bound(model, prices).sum())


def _spread_sample(model: Model) -> IndexArray:
    """Every so manieth unit in the order of nearest rep and size: each rep's surroundings keep their sum."""
    nearest = model.rep[least_pair(model, model.cost)]
    size = np.minimum.reduceat(model.load, model.start[:-1], axis=1)
    order = np.lexsort((size.sum(axis=0), nearest))
    return np.sort(order[:: max(1, model.n_units // _SAMPLE_UNITS)])


def _take_turns(
    question: Question, pool: Model, prices: FloatArray, per_unit: int, times: float = 1.0
) -> tuple[Model, FloatArray]:
    """Climb, add the columns that the prices ask for, and climb again; units count `times` times over.

    Too few columns leave bands out of reach, whose prices would climb to that of a breach and ask for
    senseless columns. So breaches are cheap at first, which bounds the prices, and become dear as the
    columns grow. A lower breach price only lowers the bound.
    """
    warm = bool(prices.any())
    for ceiling in _CEILINGS[2:] if warm else _CEILINGS:
        model = replace(pool, price=np.minimum(pool.price, ceiling * natural_price(pool)))
        found = climb(model, prices, _MIDDLE if warm else _EARLY, _FEW_ITERATIONS)
        chosen = columns(question, found.value, per_unit)
        prices, warm = found.value, True
        pool = pool.united(chosen.model.times(times))
        missed = found.bound - _bound(chosen, model, prices, times)
        if missed <= _TURN_GAP * abs(found.bound) and not (np.abs(prices) > 0.9 * model.price).any():
            break
    return pool, prices
