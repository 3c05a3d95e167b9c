"""Rounding that keeps the total exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.travel.place import FloatArray


def largest_remainder(values: ArrayLike, total: float, unit: float = 0.01) -> FloatArray:
    """Values rounded to multiples of `unit` that sum to `total` (itself rounded to the unit) exactly.

    Every value is rounded down, and the units that are left go to the largest remainders, the first
    among equals (Hamilton's method; Balinski & Young 1982).
    """
    exact = np.asarray(values, np.float64) / unit
    whole = np.floor(exact + 1e-9)
    left = round(total / unit) - int(whole.sum())
    if abs(left) > len(exact):
        raise ValueError(f"the values sum to {exact.sum() * unit:g}, which is not {total:g}")
    order = np.argsort(whole - exact, kind="stable")
    if left >= 0:
        whole[order[:left]] += 1
    else:
        whole[order[left:]] -= 1
    return np.round(whole * unit, 10)
