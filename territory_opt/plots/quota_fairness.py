"""Quotas at a glance: does attainment go with the size of the book, and who is likely to make it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.plots.canvas import BLUE, GREY, ORANGE, RED, Canvas

_NAMED = 30  # bars that still have room for a name


def draw_quota_fairness(
    size: ArrayLike,
    attainment: ArrayLike,
    chance: ArrayLike,
    rep_ids: ArrayLike,
    line: tuple[float, float, float] | None = None,
) -> bytes:
    """PNG of two panels: attainment over the size of the book, and the chance of quota of each rep.

    Args:
        size, attainment, chance, rep_ids: (reps,), NaN where there is nothing to draw.
        line: slope of attainment for one average book more, and its interval; None where it is not known.
    """
    books, attained, odds = (np.asarray(values, np.float64) for values in (size, attainment, chance))
    canvas = Canvas(2)
    known = np.isfinite(attained) & np.isfinite(odds)
    _draw_slope(canvas.panels[0], books[known], attained[known], line)
    _draw_chances(canvas.panels[1], odds[known], np.asarray(rep_ids, dtype=object)[known])
    return canvas.png()


def _draw_slope(panel: Any, size: Any, attainment: Any, line: tuple[float, float, float] | None) -> None:
    panel.set_title("Attainment against size", loc="left", fontsize=10)
    panel.set_xlabel("revenue of the book, 1 = average")
    panel.set_ylabel("expected attainment, %")
    if not len(size) or not size.mean() > 0:
        return
    x, y = size / size.mean(), 100 * attainment
    panel.axhline(100, color=GREY, linewidth=0.8)
    panel.scatter(x, y, s=26, color=BLUE, edgecolor="white", linewidth=0.6, zorder=3)
    if line is not None and len(x) > 1:
        at = np.linspace(x.min(), x.max(), 50)
        middle, low, high = (y.mean() + 100 * slope * (at - x.mean()) for slope in line)
        panel.fill_between(at, low, high, color=ORANGE, alpha=0.25, linewidth=0)
        panel.plot(at, middle, color=ORANGE, linewidth=1.6)
        slope, lowest, highest = (f"{round(100 * value, 1) + 0.0:+,.1f}" for value in line)
        said = f"slope {slope} points ({lowest} to {highest})"
        panel.text(0.98, 0.97, said, transform=panel.transAxes, ha="right", va="top", fontsize=8)
    least, most = min(y.min(), 100.0), max(y.max(), 100.0)
    margin = max(0.12 * (most - least), 2.0)
    panel.set_ylim(least - margin, most + 1.6 * margin)  # a wide interval may leave the picture


def _draw_chances(panel: Any, chance: Any, rep_ids: Any) -> None:
    panel.set_title("Chance to make the quota", loc="left", fontsize=10)
    panel.set_ylabel("P(attainment ≥ 100 %), %")
    order = np.argsort(chance, kind="stable")
    place = np.arange(len(order))
    value = 100 * chance[order]
    far = np.abs(value - np.median(value)) > 10 if len(value) else np.zeros(0, bool)
    panel.bar(place, value, color=np.where(far, RED, BLUE), width=0.8)
    panel.axhline(50, color=GREY, linewidth=0.8)
    panel.set_ylim(0, 100)
    if len(order) <= _NAMED:
        names = [str(rep_ids[i])[:12] for i in order]
        panel.set_xticks(
            place, names, rotation=60 if len(order) > 4 else 0, ha="right" if len(order) > 4 else "center"
        )
        panel.tick_params(axis="x", labelsize=8)
    else:
        panel.set_xticks([])
        panel.set_xlabel(f"{len(order):,} reps, the least likely first")
    panel.text(
        0.02, 0.97, "red: over 10 points from the median", transform=panel.transAxes, va="top", fontsize=8
    )
