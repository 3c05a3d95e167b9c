"""Prices of load: a lower bound for the whole problem, and what one more unit of load is worth.

Giving every bin a price λ and relaxing the link between pairs and bins splits the formula:

    L(λ) = Σ_units min_p ( cost[p] + Σ_m λ[bin]·load[m,p] )  +  Σ_bins min_G ( curve(G) - λ·G )

which is a lower bound for every λ (Lagrange duality; Geoffrion 1974) and equals the linear relaxation at
the best λ. L is concave but has kinks, so a soft minimum with falling temperature is climbed by L-BFGS
(smoothing: Nesterov 2005); every bound that is reported is the exact L(λ), not the smoothed one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from territory_opt.solve.kernels import hard_sweep, soft_sweep
from territory_opt.solve.model import Model
from territory_opt.solve.relaxation import relax
from territory_opt.travel.place import FloatArray, IndexArray

#: Temperatures of the soft minimum, as shares of the mean cost of a unit's cheapest pair. A scale of the
#: regret of second choices, which one costly relationship can dominate, ended 300 % under the optimum at
#: 10,000 × 100 where this one ends 0.007 % under it.
TEMPERATURES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
ITERATIONS = 100
RELAXED_PAIRS = 60_000  # the simplex method takes about a second up to here
_POLISHING_ROUNDS = 6
_ASKED = 1e-9  # by how much a pair must beat those held, as a share
_CHUNK_PAIRS = 200_000  # smaller sweeps are not worth a thread


@dataclass(frozen=True)
class Prices:
    """Price of load per bin (bins,) and the bound it proves for the model."""

    value: FloatArray
    bound: float


def reduced_cost(model: Model, prices: FloatArray) -> FloatArray:
    """Cost of each pair with its loads priced; shape (pairs,)."""
    reduced = model.cost.copy()
    padded = np.append(prices, 0.0)  # bin -1: not counted
    for bins, load in zip(model.bin, model.load, strict=True):
        reduced += padded[bins[model.rep]] * load
    return reduced


def find_prices(model: Model, runtime_s: float = float("inf")) -> Prices:
    """The best prices of a model: from its linear relaxation where that is quick, else by climbing."""
    if model.n_bins and model.n_units and model.n_pairs <= RELAXED_PAIRS:
        return _relaxed(model, model, runtime_s) or climb(model)
    climbed = climb(model)
    return polished(model, climbed.value, runtime_s) or climbed


def natural_price(model: Model) -> FloatArray:
    """Per bin, what a unit of load costs where a mean unit weighs its mean load; shape (bins,)."""
    return _Dual(model).scale


def polished(model: Model, start: FloatArray, runtime_s: float) -> Prices | None:
    """The prices of the relaxation, from fair first ones: best pairs, then those that new prices ask for.

    Near the best prices all but some units a bin have one pair that matters, and the simplex method takes
    seconds for a hundred thousand of them. None where nothing better than the first is found in time: on few
    pairs the simplex method may end with prices that prove next to nothing for the others.
    """
    if runtime_s <= 0 or not model.n_bins or model.n_units == 0:
        return None
    until_s = time.perf_counter() + runtime_s
    best, size = Prices(start, exact_bound(model, start)), np.diff(model.start)
    reduced = reduced_cost(model, start)
    regret = reduced - np.repeat(np.minimum.reduceat(reduced, model.start[:-1]), size)
    keep = regret <= regret_scale(regret, model.n_units)
    for _ in range(_POLISHING_ROUNDS):
        narrow = model.keep(keep)
        found = _relaxed(narrow, model, until_s - time.perf_counter())
        if found is None:
            break
        best = found if found.bound > best.bound else best
        reduced = reduced_cost(model, found.value)
        held = np.repeat(np.minimum.reduceat(reduced[keep], narrow.start[:-1]), size)
        asked = (reduced < held - _ASKED * np.abs(held)) & ~keep
        if not asked.any():
            break
        keep |= asked
    return None if best.value is start else best


def regret_scale(regret: FloatArray, n_units: int) -> float:
    """Money that a pair may cost above its unit's best and still be a rival worth trying.

    Taken from the ranks of the regrets: on generated markets it is near the mean cost of a unit, but costs
    may have any offset, as in published assignment problems, and then their size says nothing.
    """
    rank = min(2 * n_units, len(regret) - 1)
    if rank < 0:
        return 1.0
    near = float(np.partition(regret, rank)[rank])
    return max(near / 3.0, 1e-9)


def _relaxed(narrow: Model, model: Model, runtime_s: float) -> Prices | None:
    relaxed = relax(narrow, runtime_s)
    if relaxed is None:
        return None
    prices = capped(model, relaxed.prices)
    return Prices(prices, exact_bound(model, prices))


def climb(
    model: Model,
    start: FloatArray | None = None,
    temperatures: Sequence[float] = TEMPERATURES,
    iterations: int = ITERATIONS,
) -> Prices:
    """Climb the dual from given prices, or from zero."""
    dual = _Dual(model)
    prices = np.zeros(model.n_bins) if start is None else capped(model, start)
    best = Prices(prices, dual.exact(prices))
    if model.n_bins == 0 or model.n_units == 0:
        return best
    z = prices / dual.scale
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for temperature in temperatures:
            loss = dual.loss(temperature, pool)
            z = minimize(loss, z, jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
            prices = capped(model, z * dual.scale)
            bound = dual.exact(prices)
            if bound > best.bound:
                best = Prices(prices, bound)
    return best


class _Dual:
    """L(λ) of a model and its smoothed version, in units in which prices are near 1."""

    def __init__(self, model: Model):
        self.model = model
        self.x, self.y = curve_points(model)
        if model.n_units == 0 or model.n_bins == 0:
            return
        least_load = np.minimum.reduceat(model.load, model.start[:-1], axis=1)
        mean_load = np.maximum(least_load.mean(axis=1), 1e-12)
        cheapest = np.minimum.reduceat(model.cost, model.start[:-1])
        self.unit_cost = max(float(np.abs(cheapest).mean()), 1e-6)
        self.scale = self.unit_cost / mean_load[_meter_of_bin(model)]
        # A price that is off by a little moves the priced costs of a unit in proportion to its load, so
        # that is how soft its choice should be.
        self.softness = np.maximum((least_load / mean_load[:, None]).mean(axis=0), 1e-2)
        chunks = max(1, min(8, model.n_pairs // _CHUNK_PAIRS))  # never by cores: sums must repeat exactly
        self.cuts = np.linspace(0, model.n_units, chunks + 1).astype(np.int64)

    def exact(self, prices: FloatArray) -> float:
        return exact_bound(self.model, prices, self.x, self.y)

    def loss(self, temperature: float, pool: ThreadPoolExecutor):  # type: ignore[no-untyped-def]
        """-L and its gradient, as a function of prices in units of scale."""
        model, of_unit = self.model, temperature * self.unit_cost * self.softness
        of_bin = temperature * self.unit_cost * max(model.n_units / model.n_bins, 1.0)

        def value(z: FloatArray) -> tuple[float, FloatArray]:
            prices = z * self.scale
            padded = np.append(prices, 0.0)

            def sweep(chunk: int) -> tuple[float, FloatArray]:
                return soft_sweep(
                    self.cuts[chunk], self.cuts[chunk + 1], model.start, model.rep, model.cost,
                    model.load, model.bin, padded, of_unit,
                )  # fmt: skip

            run = map if len(self.cuts) == 2 else pool.map
            total, load = 0.0, np.zeros(model.n_bins + 1)
            for part, part_load in run(sweep, range(len(self.cuts) - 1)):
                total += part
                load += part_load
            bins, bin_load = _soft_bins(prices, self.x, self.y, of_bin)
            return -(total + bins), (bin_load - load[:-1]) * self.scale

        return value


def _soft_bins(
    prices: FloatArray, x: FloatArray, y: FloatArray, temperature: float
) -> tuple[float, FloatArray]:
    """Σ over bins of the soft least of curve - λ·load over the corners, and the load where it lies."""
    terms = y - prices[:, None] * x
    least = terms.min(axis=1)
    weight = np.exp((least[:, None] - terms) / temperature)
    total = weight.sum(axis=1)
    return float((least - temperature * np.log(total)).sum()), (weight * x).sum(axis=1) / total


def capped(model: Model, prices: FloatArray) -> FloatArray:
    """Prices that no load could ever be worth more than: what a breach costs, or nothing without a limit.

    Above that the curve's part of L(λ) would fall for ever with the load, and the bound with it.
    """
    return np.minimum(prices, np.where(np.isfinite(model.high), model.price, 0.0))


def exact_bound(
    model: Model, prices: FloatArray, x: FloatArray | None = None, y: FloatArray | None = None
) -> float:
    """L(λ), a valid lower bound for the model at any prices; x, y as from `curve_points`."""
    padded = np.append(prices, 0.0)
    units = hard_sweep(0, model.n_units, model.start, model.rep, model.cost, model.load, model.bin, padded)
    return float(units + bin_bound(model, prices, x, y).sum())


def bin_bound(
    model: Model, prices: FloatArray, x: FloatArray | None = None, y: FloatArray | None = None
) -> FloatArray:
    """The bins' part of L(λ): least of curve(G) - λ·G over all loads; shape (bins,)."""
    if model.n_bins == 0:
        return np.zeros(0)
    if x is None or y is None:
        x, y = curve_points(model)
    least: FloatArray = (y - prices[:, None] * x).min(axis=1)
    return least


def curve_points(model: Model) -> tuple[FloatArray, FloatArray]:
    """Corners of every curve, both (bins, points): load 0, the band, all the load there is."""
    most = np.zeros(model.n_bins + 1)
    for bins, load in zip(model.bin, model.load, strict=True):
        # A bin of several reps still gets each unit once, so the sum over pairs is only an upper limit.
        most += np.bincount(bins[model.rep] % len(most), load, minlength=len(most))
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


def _meter_of_bin(model: Model) -> IndexArray:
    meter = np.zeros(model.n_bins, np.int32)
    for m, bins in enumerate(model.bin):
        meter[bins[bins >= 0]] = m
    return meter
