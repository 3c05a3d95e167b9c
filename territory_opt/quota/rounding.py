"""Rounding that keeps the total exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.travel.place import FloatArray


def largest_remainder(values: ArrayLike, total: float, unit: float = 0.01) -> FloatArray:
    """Values rounded to multiples of `unit` that sum to `total` (itself rounded to the unit) exactly.

    Every value is rounded down, and the units that are left go to the largest remainders, the first among
    equals; each value ends within one unit of where it was. Hamilton's method; Balinski & Young (1982),
    "Fair Representation".

    Raises ValueError for values below 0 or not finite, or when they do not sum to the total.
    """
    exact = np.asarray(values, np.float64) / unit
    if not np.isfinite(exact).all() or (exact < -1e-6).any():
        raise ValueError("needs finite values of 0 or more")
    # Sums of floats miss whole units by a hair: what is that near counts as whole.
    whole = np.floor(exact + 1e-6)
    left = round(total / unit) - int(whole.sum())
    if abs(left) > len(exact):
        raise ValueError(f"the values sum to {exact.sum() * unit:g}, which is not {total:g}")
    order = np.argsort(whole - exact, kind="stable")
    if left >= 0:
        whole[order[:left]] += 1
    else:  # only where floats are coarser than the unit
        whole[order[whole[order] > 0][left:]] -= 1
    # Division by 100 gives the nearest float to the decimal amount; times 0.01 would not.
    return whole / round(1 / unit) if unit < 1 else whole * unit
