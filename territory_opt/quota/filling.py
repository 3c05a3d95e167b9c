"""Water-filling: amounts between bounds that sum to a given total."""

from __future__ import annotations

import numpy as np

from territory_opt.travel.place import FloatArray


def filled(
    start: FloatArray, step: FloatArray, low: FloatArray, high: FloatArray, total: float
) -> FloatArray:
    """`start + λ · step`, each between `low` and `high`, with the λ for which they sum to the total.

    The sum never falls as λ grows, and is straight between the points where an amount meets a bound; so the
    stretch that holds the total is found among the sorted points, without iteration. All arrays (n,), step
    ≥ 0, low finite. Method: ranking of breakpoints, Patriksson (2008), European J. of Operational Research
    185(1). A total out of reach gives the nearest sum that can be had: the caller checks.
    """
    moving = step > 0
    still = np.clip(start[~moving], low[~moving], high[~moving]).sum()
    points, slopes, floor = _corners(*(a[moving] for a in (start, step, low, high)))
    if not len(points):
        return np.clip(start, low, high)
    sums = floor + still + np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(points))])
    at = max(int(np.searchsorted(sums, total, side="right")) - 1, 0)
    rate = slopes[at] if slopes[at] > 1e-12 * step.max() else np.inf  # flat but for the noise of sums
    pace = points[at] + max(total - sums[at], 0.0) / rate
    return np.clip(start + pace * step, low, high)


def _corners(
    start: FloatArray, step: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Where the sum bends, its slope from there on, and what it is before the first bend."""
    points = np.concatenate([(low - start) / step, (high - start) / step])
    slopes = np.concatenate([step, -step])
    order = np.argsort(points, kind="stable")
    order = order[np.isfinite(points[order])]
    return points[order], np.cumsum(slopes[order]), float(low.sum())
