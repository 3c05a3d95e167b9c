"""Pictures of the size of a force."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.plots.canvas import BLUE, GREEN, GREY, ORANGE, RED, Canvas

_MOST_LABELS = 8
_COLOURS = (ORANGE, BLUE, GREEN)  # of the elasticities, the lowest first


def capacity_picture(month: ArrayLike, capacity_h: ArrayLike, full_h: ArrayLike, need_h: ArrayLike) -> bytes:
    """Hours that are there by month as bars, what ramp costs on top of them, and the hours needed as a line.

    Args: all (months,); full_h: hours if everybody there were fully productive.
    """
    labels, there = np.asarray(month), np.asarray(capacity_h, np.float64)
    canvas = Canvas(width=8.0)
    panel, x = canvas.panels[0], np.arange(len(labels))
    panel.bar(x, there, color=BLUE, label="capacity")
    lost = np.asarray(full_h, np.float64) - there
    panel.bar(x, lost, bottom=there, color="#b8d4e8", label="lost to ramp")
    panel.step(
        np.append(x, len(x)) - 0.5,
        np.append(need_h, np.asarray(need_h)[-1:]),
        where="post",
        color=RED,
        linewidth=2,
        label="need",
    )
    _named(panel, labels)
    panel.set_title("Capacity and need by month")
    panel.set_ylabel("hours in the month")
    panel.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, -0.32))
    return canvas.png()


def payback_picture(cash: ArrayLike, elasticity: ArrayLike, currency: str) -> bytes:
    """The running total of an added rep by month, a line for each elasticity.

    Args: cash: (elasticities, months), money. elasticity: (elasticities,).
    """
    canvas, money = Canvas(width=6.5), np.asarray(cash, np.float64)
    panel, months = canvas.panels[0], np.arange(1, money.shape[1] + 1)
    _curves(panel, months, money, [f"elasticity {b:g}" for b in np.asarray(elasticity)])
    panel.axhline(0, color=GREY, linewidth=1)
    panel.set_title("What an added rep has brought and cost")
    panel.set_xlabel("months since the hire")
    panel.set_ylabel(f"{currency}, discounted")
    panel.set_xticks(range(0, money.shape[1] + 1, 6))
    return canvas.png()


def size_picture(
    size: ArrayLike,
    contribution: ArrayLike,
    elasticity: ArrayLike,
    best: ArrayLike,
    today: float,
    currency: str,
) -> bytes:
    """Contribution of a force of each size by the response model, with the best one marked by elasticity.

    Args: size: (sizes,). contribution: (elasticities, sizes), money a year. elasticity, best: one entry each.
    """
    canvas, x, gain = Canvas(width=6.5), np.asarray(size, np.float64), np.asarray(contribution, np.float64)
    panel, most = canvas.panels[0], np.asarray(best, np.float64)
    names = zip(np.asarray(elasticity), most, strict=True)
    _curves(panel, x, gain, [f"elasticity {b:g}: best at {n:,.0f}" for b, n in names])
    for n, row, colour in zip(most, gain, _COLOURS, strict=False):
        panel.plot([n], [np.interp(n, x, row)], color=colour, marker="o", markersize=8)
    panel.axvline(today, color=GREY, linestyle=":", linewidth=1.5)
    panel.set_title("Contribution by the size of the force")
    panel.set_xlabel("reps (dotted: today)")
    panel.set_ylabel(f"{currency} a year")
    return canvas.png()


def curve_picture(
    size: ArrayLike,
    travel: ArrayLike,
    covered: ArrayLike,
    sales: tuple[ArrayLike, ArrayLike, ArrayLike],
    contribution: ArrayLike,
    today: int,
    currency: str,
) -> bytes:
    """Travel, coverage, sales and contribution by the number of reps, with today's size marked.

    Args: all (sizes,); covered: share of hours that fit, NaN where unknown; sales: middle, low and high;
        contribution: NaN where unknown. Panels without figures are left out.
    """
    x = np.asarray(size, np.int64)
    panels: list[tuple[str, ArrayLike, str]] = [("Travel a year", travel, currency)]
    panels += [("Hours of work that fit", 100 * np.asarray(covered), "%")]
    panels += [("Sales by the response model", sales[0], currency), ("Contribution", contribution, currency)]
    panels = [part for part in panels if np.isfinite(np.asarray(part[1], np.float64)).all()]
    canvas = Canvas(len(panels), width=3.9, height=3.4)
    for panel, (title, values, unit) in zip(canvas.panels, panels, strict=True):
        panel.plot(x, values, color=BLUE, marker="o", linewidth=2)
        if values is sales[0]:
            low, high = (np.asarray(v, np.float64) for v in sales[1:])
            panel.fill_between(x, low, high, color=BLUE, alpha=0.15, linewidth=0)
        panel.axvline(today, color=GREY, linestyle=":", linewidth=1.5)
        panel.set_title(title)
        panel.set_xlabel("reps (dotted: today)")
        panel.set_ylabel(unit)
        panel.set_xticks(x[:: max(1, len(x) // _MOST_LABELS)])
        _thousands(panel)
    return canvas.png()


def _curves(panel: Any, x: np.ndarray, rows: np.ndarray, names: list[str]) -> None:
    """A line for each elasticity, money upwards."""
    for row, name, colour in zip(rows, names, _COLOURS, strict=False):
        panel.plot(x, row, color=colour, linewidth=2, label=name)
    _thousands(panel)
    panel.legend(frameon=False)


def _named(panel: Any, labels: np.ndarray) -> None:
    every = max(1, -(-len(labels) // _MOST_LABELS))
    panel.set_xticks(range(0, len(labels), every), [str(text) for text in labels[::every]])


def _thousands(panel: Any) -> None:
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
