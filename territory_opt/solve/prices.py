"""Prices of load: a lower bound for the whole problem, and what one more unit of load is worth.

Giving every bin a price λ and relaxing the link between pairs and bins splits the formula:

    L(λ) = Σ_units min_p ( cost[p] + Σ_m λ[bin]·load[m,p] )  +  Σ_bins min_G ( curve(G) - λ·G )

which is a lower bound for every λ (Lagrange duality; Geoffrion 1974) and equals the linear relaxation at
the best λ. L is concave but has kinks, so a soft minimum with falling temperature is climbed by L-BFGS
(smoothing: Nesterov 2005); every bound that is reported is the exact L(λ), not the smoothed one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from territory_opt.problem import Int32Array
from territory_opt.question import Question
from territory_opt.solve.kernels import hard_sweep, soft_sweep
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.relaxation import relax
from territory_opt.travel.place import FloatArray, IndexArray

#: Temperatures of the soft minimum, as shares of the mean regret of a unit's second choice.
TEMPERATURES = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
ITERATIONS = 100
RELAXED_PAIRS = 60_000  # the simplex method takes under a few seconds up to here


@dataclass(frozen=True)
class Prices:
    """Price of load per bin (bins,), the bound it proves for the model, and a pair per unit to start from."""

    value: FloatArray
    bound: float
    choice: IndexArray | None = None


def reduced_cost(model: Model, prices: FloatArray) -> FloatArray:
    """Cost of each pair with its loads priced; shape (pairs,)."""
    reduced = model.cost.copy()
    padded = np.append(prices, 0.0)  # bin -1: not counted
    for bins, load in zip(model.bin, model.load, strict=True):
        reduced += padded[bins[model.rep]] * load
    return reduced


def find_prices(model: Model, runtime_s: float = float("inf")) -> Prices:
    """The best prices: from the linear relaxation where it is quick, else by climbing the dual.

    Where there are too many pairs, the climb says which of them matter, and the relaxation of those gives
    the prices.
    """
    if model.n_bins == 0 or model.n_units == 0:
        return climb(model)
    if model.n_pairs <= RELAXED_PAIRS:
        return _relaxed(model, np.arange(model.n_pairs), model, runtime_s) or climb(model)
    first = climb(model)
    per_unit = max(2, RELAXED_PAIRS // model.n_units)
    if model.n_units * per_unit > RELAXED_PAIRS:
        return first
    narrow, pair = narrowed(model, reduced_cost(model, first.value), per_unit)
    better = _relaxed(narrow, pair, model, runtime_s)
    return better if better is not None and better.bound > first.bound else first


def _relaxed(narrow: Model, pair: IndexArray, model: Model, runtime_s: float) -> Prices | None:
    relaxed = relax(narrow, runtime_s)
    if relaxed is None:
        return None
    prices = capped(model, relaxed.prices)
    bound = exact_bound(model, prices, *curve_points(model))
    return Prices(prices, bound, pair[least_pair(narrow, -relaxed.share)])


def narrowed(model: Model, reduced: FloatArray, per_unit: int) -> tuple[Model, IndexArray]:
    """Each unit's best pairs by reduced cost, and where they stand in the whole model."""
    order = np.lexsort((reduced, model.unit))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(model.start[:-1], np.diff(model.start))
    keep = rank < per_unit
    return model.keep(keep), np.flatnonzero(keep)


def climb(model: Model) -> Prices:
    """Climb the dual from zero prices."""
    x, y = curve_points(model)
    bin_of_pair = pair_bins(model)
    best = Prices(np.zeros(model.n_bins), exact_bound(model, np.zeros(model.n_bins), x, y))
    if model.n_bins == 0 or model.n_units == 0:
        return best
    spread = _mean_spread(model)
    unit_load = np.maximum(model.load.mean(axis=1), 1e-12)
    meter_of_bin = _meter_of_bin(model)
    scale = spread / unit_load[meter_of_bin]  # prices in natural units: one spread per mean load
    width = max(model.n_units / max(model.n_bins, 1), 1.0)
    z = np.zeros(model.n_bins)
    for temperature in TEMPERATURES:

        def loss(z: FloatArray, t: float = temperature * spread) -> tuple[float, FloatArray]:
            value, gradient = _soft_dual(model, bin_of_pair, z * scale, x, y, t, t * width)
            return -value, -gradient * scale

        z = minimize(loss, z, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
        prices = capped(model, z * scale)
        bound = exact_bound(model, prices, x, y)
        if bound > best.bound:
            best = Prices(prices, bound)
    return best


def capped(model: Model, prices: FloatArray) -> FloatArray:
    """Prices that no load could ever be worth more than: what a breach costs, or nothing without a limit.

    Above that the curve's part of L(λ) would fall for ever with the load, and the bound with it.
    """
    return np.minimum(prices, np.where(np.isfinite(model.high), model.price, 0.0))


def exact_bound(model: Model, prices: FloatArray, x: FloatArray, y: FloatArray) -> float:
    """L(λ), a valid lower bound for the model at any prices."""
    padded = np.append(prices, 0.0)
    units = hard_sweep(model.start, model.cost, model.load, pair_bins(model), padded)
    bins = (y - prices[:, None] * x).min(axis=1, initial=np.inf) if model.n_bins else np.zeros(0)
    return float(units + bins.sum())


def full_bound(question: Question, model: Model, prices: FloatArray) -> float:
    """L(λ) over every allowed pair, also those the model left out; a block of units at a time."""
    x, y = curve_points(model)
    padded = np.append(prices, 0.0)
    total = float((y - prices[:, None] * x).min(axis=1).sum()) if model.n_bins else 0.0
    for block in question.blocks():
        reduced = block.cost + np.einsum("mur,mr->ur", block.loads, padded[model.bin])
        total += float(np.where(block.allowed, reduced, np.inf).min(axis=1).sum())
    return total


def _soft_dual(
    model: Model,
    bin_of_pair: Int32Array,
    prices: FloatArray,
    x: FloatArray,
    y: FloatArray,
    t_unit: float,
    t_bin: float,
) -> tuple[float, FloatArray]:
    value, load = soft_sweep(model.start, model.cost, model.load, bin_of_pair, np.append(prices, 0.0), t_unit)
    terms = y - prices[:, None] * x
    least = terms.min(axis=1)
    weight = np.exp((least[:, None] - terms) / t_bin)
    total = weight.sum(axis=1)
    value += float((least - t_bin * np.log(total)).sum())
    return value, load[:-1] - (weight * x).sum(axis=1) / total


def curve_points(model: Model) -> tuple[FloatArray, FloatArray]:
    """Corners of every curve, both (bins, points): load 0, the band, all the load there is."""
    most = np.zeros(model.n_bins + 1)
    for bins, load in zip(pair_bins(model), model.load, strict=True):
        # A bin of several reps still gets each unit once, so the sum over pairs is only an upper limit.
        most += np.bincount(bins % len(most), load, minlength=len(most))
    top = np.maximum(most[:-1], np.where(np.isfinite(model.high), model.high, 0.0))
    top = np.maximum(top, model.grid.max(axis=1, initial=0.0))
    low = np.where(np.isfinite(model.low), model.low, 0.0)
    high = np.where(np.isfinite(model.high), model.high, top)
    zero = np.zeros_like(top)
    inside = np.clip(model.grid, low[:, None], high[:, None])
    x = np.column_stack([zero, low, inside, high, top])
    outside = np.maximum(low[:, None] - x, 0.0) + np.maximum(x - high[:, None], 0.0)
    y = model.price[:, None] * outside
    for b in np.flatnonzero(model.curved):
        y[b] += np.interp(x[b], model.grid[b], model.money[b])
    return x, y


def pair_bins(model: Model) -> Int32Array:
    """Global bin of each pair in each meter, -1 for none; shape (meters, pairs)."""
    return np.ascontiguousarray(model.bin[:, model.rep])


def _mean_spread(model: Model) -> float:
    """Mean regret of a unit's second choice: the scale on which units change hands."""
    unit = model.unit
    order = np.lexsort((model.cost, unit))
    several = np.flatnonzero(np.diff(model.start) > 1)
    if len(several) == 0:
        return max(float(np.abs(model.cost).mean()), 1e-6)
    first = order[model.start[several]]
    second = order[model.start[several] + 1]
    return max(float((model.cost[second] - model.cost[first]).mean()), 1e-6)


def _meter_of_bin(model: Model) -> Int32Array:
    meter = np.zeros(model.n_bins, np.int32)
    for m, bins in enumerate(model.bin):
        meter[bins[bins >= 0]] = m
    return meter
