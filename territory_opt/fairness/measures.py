"""Measures of inequality of an index (load ÷ target, one per rep); all are free of scale and order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.travel.place import FloatArray


def _values(index: ArrayLike) -> FloatArray:
    values = np.asarray(index, np.float64)
    values = values[np.isfinite(values)]
    if len(values) == 0 or (values < 0).any() or values.sum() <= 0:
        raise ValueError("needs at least one index, none negative, not all 0")
    return values


def gini(index: ArrayLike) -> float:
    """Mean absolute difference over twice the mean: 0 equal, (n-1)/n one has all. Gini (1912)."""
    x = np.sort(_values(index))
    n = len(x)
    return max(float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum())), 0.0)  # not -1e-17


def theil(index: ArrayLike) -> float:
    """Entropy lost against equality: mean of (x/μ)·ln(x/μ); 0 equal, ln n one has all. Theil (1967)."""
    x = _values(index)
    share = x / x.mean()
    entropy = np.where(share > 0, share * np.log(np.where(share > 0, share, 1.0)), 0.0)
    return max(float(entropy.mean()), 0.0)


def theil_parts(index: ArrayLike, group: ArrayLike) -> tuple[float, float]:
    """Theil's entropy between groups and within them; they sum to `theil(index)`, exactly.

    With s = a group's share of the whole index, n its share of the reps and T its own Theil: between is
    Σ s·ln(s/n), what is left if all in a group were equal; within is Σ s·T. Theil (1967), Shorrocks (1980).
    By hand: 1, 1 | 2, 4 gives s = ¼ and ¾, n = ½ each, so between is ¼·ln ½ + ¾·ln 1.5 = 0.1308, and within
    is ¾ of the Theil of 2 and 4, ¾·0.0566 = 0.0425.

    group: a code or name for each index, same shape. Raises ValueError for indexes that mean nothing.
    """
    x, code = np.asarray(index, np.float64), np.unique(np.asarray(group), return_inverse=True)[1]
    code, x = code[np.isfinite(x)], _values(x)
    size, total = np.bincount(code), np.bincount(code, x)
    share = total / x.sum()
    ratio = np.where(total > 0, share / np.maximum(size / len(x), 1e-300), 1.0)
    parts = [theil(x[code == g]) if total[g] > 0 else 0.0 for g in range(len(size))]
    return max(float(share @ np.log(ratio)), 0.0), float(share @ np.array(parts))


def jain(index: ArrayLike) -> float:
    """(Σx)² / (n·Σx²): 1 equal, 1/n one has all. Jain, Chiu & Hawe (1984)."""
    x = _values(index)
    x = x / x.max()
    return float(x.sum() ** 2 / (len(x) * (x**2).sum()))


def cv(index: ArrayLike) -> float:
    """Coefficient of variation: standard deviation (of all, not a sample) over the mean. Pearson (1896)."""
    x = _values(index)
    return float(x.std() / x.mean())


def range_ratio(index: ArrayLike) -> float:
    """Largest over smallest, as used in practice; inf when somebody has nothing."""
    x = _values(index)
    return float(x.max() / x.min()) if x.min() > 0 else float("inf")


def lorenz(index: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Cumulative share of reps, poorest first, and of the load; both (n + 1,) from 0 to 1. Lorenz (1905)."""
    x = np.sort(_values(index))
    return np.linspace(0.0, 1.0, len(x) + 1), np.concatenate([[0.0], np.cumsum(x) / x.sum()])
