"""Pictures of fairness: Lorenz curves, and the index of each rep with the band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from territory_opt.plots.canvas import BLUE, GREY, ORANGE, Canvas
from territory_opt.plots.words import label
from territory_opt.travel.place import FloatArray

_MOST_NAMES = 60  # that fit beside their bars
_NAMED_OF_MANY = 3  # at each end, where they do not fit
_BAND = "#d9ecf7"


class Lorenz(NamedTuple):
    """One curve: cumulative share of the reps and of what they hold, both from 0 to 1, and its Gini."""

    name: str  # "today", "plan"
    reps: Sequence[float]
    held: Sequence[float]
    gini: float


class Indexes(NamedTuple):
    """The indexes of one measure; arrays of shape (reps,), NaN where there is none."""

    measure: str
    names: Any  # array or sequence of str
    today: FloatArray
    plan: FloatArray
    low: FloatArray  # limits of the band as indexes
    high: FloatArray


def lorenz_picture(measures: Sequence[tuple[str, Sequence[Lorenz]]]) -> bytes:
    """PNG with a panel a measure: its name, and the curves of today and the plan against equality."""
    canvas = Canvas(len(measures), height=4.4)
    for panel, (measure, curves) in zip(canvas.panels, measures, strict=True):
        panel.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1, label="all equal")
        for curve, (colour, dash) in zip(curves, ((ORANGE, "--"), (BLUE, "-")), strict=False):
            named = f"{curve.name}: Gini {curve.gini:.3f}"
            panel.plot(curve.reps, curve.held, color=colour, linestyle=dash, linewidth=2, label=named)
        panel.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        panel.set_title(label(measure, 40), fontsize=11)
        panel.set_xlabel("share of reps, smallest index first")
        panel.set_ylabel("share of the index they hold")
        panel.xaxis.set_major_formatter(_percent)
        panel.yaxis.set_major_formatter(_percent)
        panel.legend(loc="upper left", frameon=False)
    return canvas.png()


def _percent(value: float, _: object = None) -> str:
    return f"{100 * value:.0f} %"


def index_picture(measures: Sequence[Indexes], whose: str = "plan") -> bytes:
    """PNG with a panel a measure: how far each rep is from 1.00, sorted by the plan, with the band shaded.

    whose: what the bars are of, for the legend.
    """
    most = max(len(m.plan) for m in measures)
    named = most <= _MOST_NAMES
    canvas = Canvas(len(measures), width=6.0, height=max(3.9, 1.5 + 0.21 * most) if named else 4.4)
    for panel, indexes in zip(canvas.panels, measures, strict=True):
        known = np.flatnonzero(np.isfinite(indexes.plan))
        order = known[np.argsort(indexes.plan[known], kind="stable")]
        (_named if named else _many)(panel, indexes, order)
        panel.set_title(f"Index of {label(indexes.measure, 40)} (1.00 is on target)", fontsize=11)
    _legend(canvas.panels[0], whose)
    return canvas.png()


def _colours(indexes: Indexes, order: Any) -> list[str]:
    """Blue inside the band, orange outside."""
    plan, slack = indexes.plan[order], 2e-6
    inside = (plan >= indexes.low[order] - slack) & (plan <= indexes.high[order] + slack)
    return [BLUE if fine else ORANGE for fine in inside]


def _named(panel: Any, indexes: Indexes, order: Any) -> None:
    """A row a rep with the name, the largest index on top."""
    row = np.arange(len(order))
    low, high = _limits(panel, indexes, order, "x")
    panel.barh(row, high - low, left=low, height=1.0, color=_BAND, zorder=0)
    panel.axvline(1, color=GREY, linewidth=0.8)
    panel.barh(row, indexes.plan[order] - 1, left=1, height=0.62, color=_colours(indexes, order))
    if np.isfinite(indexes.today).any():
        panel.plot(indexes.today[order], row, "o", **_MARK, label="today")
    panel.set_yticks(row, [label(indexes.names[i]) for i in order])
    panel.tick_params(axis="y", length=0, labelsize=9 if len(order) <= 30 else 8)
    panel.set_ylim(-0.7, len(order) - 0.3)
    panel.grid(axis="y", visible=False)
    panel.grid(axis="x", color="#e3e6ea", linewidth=0.8)


def _many(panel: Any, indexes: Indexes, order: Any) -> None:
    """A column a rep without names, the smallest index on the left; the ends are named below."""
    rank = np.arange(1, len(order) + 1)
    low, high = _limits(panel, indexes, order, "y")
    panel.bar(rank, high - low, bottom=low, width=1.0, color=_BAND, zorder=0)
    panel.bar(rank, indexes.plan[order] - 1, bottom=1, width=1.0, color=_colours(indexes, order))
    today = np.sort(indexes.today[np.isfinite(indexes.today)])
    if len(today):
        at = np.linspace(1, len(order), len(today))
        panel.plot(at, today, color=_DARK, linewidth=1.6, label="today, sorted by itself")
    panel.axhline(1, color=GREY, linewidth=0.8)
    panel.set_xlim(0.5, len(order) + 0.5)
    said = [f"{word}: {_first(indexes, order[part])}" for word, part in _ENDS]
    panel.set_xlabel("\n".join([f"{len(order):,} reps, sorted by their index", *said]), fontsize=9)


def _first(indexes: Indexes, who: Any) -> str:
    return ", ".join(f"{label(indexes.names[i], 18)} {indexes.plan[i]:.2f}" for i in who)


_ENDS = (("least", slice(0, _NAMED_OF_MANY)), ("most", slice(-1, -_NAMED_OF_MANY - 1, -1)))
_DARK = "#3b4048"
_MARK: dict[str, Any] = {"markersize": 5, "markerfacecolor": "white", "markeredgecolor": _DARK}


def _limits(panel: Any, indexes: Indexes, order: Any, axis: str) -> tuple[FloatArray, FloatArray]:
    """Sets the range of the axis so that every index shows; the band cut to it, as arrays over `order`."""
    shown = np.concatenate([indexes.plan[order], indexes.today[order], [1.0]])
    low, high = indexes.low[order], indexes.high[order]
    finite = np.concatenate([shown, low, high])
    finite = finite[np.isfinite(finite)]
    room = 0.06 * max(float(np.ptp(finite)), 0.1)
    least, most = float(finite.min()) - room, float(finite.max()) + room
    panel.set(**{f"{axis}lim": (least, most)})
    return np.clip(low, least, most), np.clip(high, least, most)


def _legend(panel: Any, whose: str) -> None:
    """One for all panels, below them."""
    from matplotlib.patches import Patch

    colours = {f"{whose}, in the band": BLUE, f"{whose}, outside": ORANGE, "band": _BAND}
    handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
    handles += panel.get_legend_handles_labels()[0]
    panel.figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
