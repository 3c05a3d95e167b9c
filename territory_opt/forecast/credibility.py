"""How far to trust an account's own figures: a thin one is drawn towards the mean of its kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray


class Credible(NamedTuple):
    """value: Z · own mean + (1 − Z) · mean of all (rows,). z: trust in a row's own mean (rows,), 0 … 1. k:
    periods at which z is a half. mean: what rows are drawn towards."""

    value: FloatArray
    z: FloatArray
    k: float
    mean: float


def credible(values: FloatArray, seen: BoolArray) -> Credible:
    """Means of rows that may be thin, by empirical Bayes; values and seen (rows, periods).

    Z = n / (n + k) with n periods seen, and k = variance within rows ÷ variance between their true means.
    Both are estimated without bias from the rows themselves; where the means differ no more than noise
    would make them, Z is 0. Bühlmann (1967), "Experience rating and credibility"; Bühlmann & Straub (1970)
    for rows of different length. A row without a period seen gets the mean; where no row has two periods,
    rows are trusted as they are (k = 0), since noise cannot be told from difference.
    """
    n = seen.sum(axis=1).astype(np.float64)
    own = np.divide(np.where(seen, values, 0.0).sum(axis=1), n, out=np.zeros(len(n)), where=n > 0)
    within, between = _variances(values, seen, n, own)
    k = 0.0 if np.isnan(within) or within == 0 else np.inf if between <= 0 else within / between
    z = np.where(n > 0, 1.0 if k == 0 else n / (n + k), 0.0)
    # By z, the best weights for the mean (Bühlmann & Straub); by n where no row is trusted at all.
    weight = z if z.sum() > 0 else n
    mean = float(weight @ own / weight.sum()) if weight.sum() > 0 else 0.0
    return Credible(z * own + (1 - z) * mean, z, float(k), mean)


def _variances(values: FloatArray, seen: BoolArray, n: FloatArray, own: FloatArray) -> tuple[float, float]:
    """Variance within rows, NaN where no row has two periods, and between their true means."""
    squares = np.where(seen, np.square(values - own[:, None]), 0.0).sum()
    freedom = np.maximum(n - 1, 0).sum()
    if freedom == 0:
        return np.nan, np.nan
    within, total, rows = squares / freedom, n.sum(), (n > 0).sum()
    apart = total - np.square(n).sum() / total
    if apart <= 0:  # one row alone
        return float(within), 0.0
    mean = n @ own / total
    return float(within), float((n @ np.square(own - mean) - (rows - 1) * within) / apart)
