"""Payout curves: the part of the variable pay on target that an attainment pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from territory_opt.travel.place import FloatArray

#: Points (attainment, part of the variable pay on target); two at one attainment are a jump.
Curve = Sequence[tuple[float, float]]
#: One curve for everybody, or one for each rep_id.
Payout = Curve | Mapping[str, Curve]
#: In proportion, twice at most.
PROPORTIONAL = ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0))


def curve_of(payout: Payout, rep_id: str) -> tuple[tuple[float, float], ...]:
    """The curve of one rep; in proportion for a rep whom the payout does not name."""
    curve = payout.get(rep_id, PROPORTIONAL) if isinstance(payout, Mapping) else payout
    return tuple((float(at), float(pays)) for at, pays in curve)


def paid(curve: Curve, attainment: ArrayLike) -> FloatArray:
    """Pay at each attainment, same shape: straight between the points, level beyond, the upper end of a jump.

    Piecewise linear, as pay plans are written: Zoltners, Sinha & Lorimer (2006), "The Complete Guide to Sales
    Force Incentive Compensation", on payout functions. By hand: (0.5, 0), (1, 1): 0.75 pays 0.5, 2 pays 1.
    """
    at, pays = _columns(curve)
    x = np.asarray(attainment, np.float64)
    after = np.searchsorted(at, x, side="right")
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    width = at[right] - at[left]
    part = np.divide(x - at[left], width, out=np.zeros(x.shape), where=width > 0)
    return pays[left] + part * (pays[right] - pays[left])


def expected_pay(mean: FloatArray, sd: FloatArray, curve: Curve) -> FloatArray:
    """Mean pay of a Gaussian attainment (reps,).

    A bend of Δ in the slope at k adds Δ · E[(X − k)⁺], which is Δ · ((μ − k)·Φ(d) + σ·φ(d)) with
    d = (μ − k)/σ: the call option of Bachelier (1900). A jump of Δ at k adds Δ · P(X ≥ k).
    """
    at, pays = _columns(curve)
    width, rise = np.diff(at), np.diff(pays)
    slope = np.divide(rise, width, out=np.zeros(len(rise)), where=width > 0)
    bends = np.diff([0.0, *slope, 0.0])
    above = mean[:, None] - at
    wide = np.where(sd > 0, sd, 1.0)[:, None]
    d = above / wide
    option = above * ndtr(d) + wide * np.exp(-(d**2) / 2) / np.sqrt(2 * np.pi)
    option = np.where(sd[:, None] > 0, option, np.maximum(above, 0.0))
    jumps = np.where(width > 0, 0.0, rise)
    return pays[0] + option @ bends + at_least(mean[:, None], sd[:, None], at[1:]) @ jumps


def at_least(mean: FloatArray, sd: FloatArray, amount: FloatArray) -> FloatArray:
    """P(X ≥ amount) of a Gaussian; 1 or 0 where it does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd > 0, ndtr((mean - amount) / sd), (mean >= amount).astype(np.float64))


def curve_faults(curve: Curve) -> Iterator[str]:
    """What keeps points from being a curve."""
    points = np.asarray(curve, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or not np.isfinite(points).all():
        yield "must be two or more points [attainment, pay], such as [[0.5, 0], [1, 1], [2, 2]]"
        return
    at, pays = points.T
    if (np.diff(at) < 0).any() or (at[2:] == at[:-2]).any():
        yield "must have attainments that rise, two at most at one attainment (a jump)"
    if (pays < 0).any():
        yield "must not pay less than 0"


def _columns(curve: Curve) -> tuple[FloatArray, FloatArray]:
    at, pays = zip(*curve, strict=True)
    return np.array(at, np.float64), np.array(pays, np.float64)
