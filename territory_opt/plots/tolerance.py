"""Picture of what each tolerance costs and earns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from territory_opt.plots.canvas import BLUE, GREEN, GREY, ORANGE, RED, Canvas
from territory_opt.plots.words import label
from territory_opt.travel.place import FloatArray

_COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", "#f0e442")


def tolerance_picture(
    names: Sequence[str],
    parts: Mapping[str, FloatArray],
    least: FloatArray,
    kept: Sequence[bool],
    best: int,
    currency: str,
) -> bytes:
    """PNG of two panels: money per year of each tolerance; what it costs and earns against the widest kept.

    names: of the tolerances, tight to wide. parts: money by what it is for, the last one the sales lost to
    imbalance, each shape (tolerances,). least: the totals that the proofs leave possible. kept: whether a
    plan keeps the tolerance. best: position of the one to take, -1 for none.
    """
    canvas = Canvas(2, height=4.4)
    money, against = canvas.panels
    at, total = np.arange(len(names)), np.sum(list(parts.values()), axis=0)
    _stack(money, parts, at, kept)
    for i in range(len(names)):
        _mark(money, i, total[i], least[i], kept[i], i == best)
    money.set_title("Cost and lost sales, the line: as low as the proofs allow", fontsize=10)
    _compare(against, parts, at, kept)
    for panel in canvas.panels:
        panel.set_xticks(at, names)
        panel.set_xlabel("tolerance")
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        if panel.get_legend_handles_labels()[0]:
            panel.legend(frameon=False, fontsize=8, loc="best")
    money.set_ylabel(f"{label(currency, 10)} a year")
    return canvas.png()


def _stack(panel: Any, parts: Mapping[str, FloatArray], at: Any, kept: Sequence[bool]) -> None:
    """Bars of money, one part on the other; pale where no plan keeps the tolerance."""
    from matplotlib.patches import Rectangle

    bottom = np.zeros(len(at))
    for i, (name, money) in enumerate(parts.items()):
        last = i == len(parts) - 1
        colour = RED if last else _COLOURS[i % len(_COLOURS)]
        bars = panel.bar(at, money, bottom=bottom, width=0.6, color=colour)
        panel.add_patch(
            Rectangle((0, 0), 0, 0, color=colour, label=label(name))
        )  # for the legend, which is never pale
        for bar, fine in zip(bars, kept, strict=True):
            bar.set_alpha(1.0 if fine else 0.25)
        bottom = bottom + money
    panel.set_ylim(0, max(1.25 * float(bottom.max(initial=0)), 1.0))


def _mark(panel: Any, x: int, total: float, least: float, kept: bool, best: bool) -> None:
    """The part of a total that is not proved, and a word above the bar."""
    if kept and np.isfinite(least):
        panel.vlines(x, min(least, total), total, color="black", linewidth=2.5)
    word = "least" if best else "" if kept else "not kept"
    panel.annotate(word, (x, total), (0, 4), textcoords="offset points", ha="center", fontsize=9)


def _compare(panel: Any, parts: Mapping[str, FloatArray], at: Any, kept: Sequence[bool]) -> None:
    """Costs above the widest tolerance that is kept, and what they earn; only of those that are kept."""
    shown = np.flatnonzero(kept)
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.set_title("Against the widest", fontsize=10)
    if len(shown) == 0:
        return
    *costs, lost = parts.values()
    cost = np.sum(costs, axis=0) if costs else np.zeros(len(at))
    more, earned = cost[shown] - cost[shown[-1]], lost[shown[-1]] - lost[shown]
    panel.plot(at[shown], more, "o-", color=BLUE, label="costs more")
    panel.plot(at[shown], earned, "o-", color=RED, label="saves of lost sales")
    panel.plot(at[shown], more - earned, "o--", color="black", linewidth=1.2, label="costs more, all told")
    panel.set_xlim(-0.5, len(at) - 0.5)
