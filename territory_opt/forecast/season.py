"""How the year of a company swings, from its history."""

from __future__ import annotations

import numpy as np

from territory_opt.history import History
from territory_opt.travel.place import FloatArray


def seasonal_indices(history: History) -> FloatArray:
    """Sales of each place in the year against an even year (per_year,), mean 1; all 1 with less than 2 years.

    Ratio to the centred moving average of the company's total, averaged over years: classical
    decomposition, as in Makridakis, Wheelwright & Hyndman (1998), "Forecasting: Methods and Applications".
    One set for all accounts, since those of thin books are mostly noise (Withycombe 1989, "Forecasting with
    combined seasonal indices").
    """
    m, total = history.per_year, history.revenue.sum(axis=0)
    even = np.ones(m)
    if len(total) < 2 * m:
        return even
    weights = np.r_[0.5, np.ones(m - 1), 0.5] / m
    middle = np.convolve(total, weights, mode="valid")
    if not (middle > 0).all():
        return even
    half = m // 2
    ratio, place = total[half : half + len(middle)] / middle, history.season[half : half + len(middle)]
    count = np.bincount(place, minlength=m)
    index = np.bincount(place, ratio, minlength=m) / np.maximum(count, 1)
    if not ((index > 0) & (count > 0)).all():
        return even
    return index / index.mean()


def without_season(history: History) -> FloatArray:
    """Revenue with the swing of the year taken out (accounts, periods)."""
    return history.revenue / seasonal_indices(history)[history.season]
