"""The trade between balance, travel and broken relationships."""

from __future__ import annotations

from territory_opt.plots.canvas import ORANGE, Canvas
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray


def frontier_plot(
    imbalance: FloatArray, travel: FloatArray, disruption: FloatArray, knee: BoolArray, currency: str
) -> bytes:
    """One point a plan, all arrays (points,): money against money, the colour tells the imbalance; PNG."""
    canvas = Canvas(width=7.5, height=4.8)
    (panel,) = canvas.panels
    dots = panel.scatter(
        disruption, travel, c=100 * imbalance, cmap="cividis", s=80, edgecolor="white", zorder=3
    )
    panel.scatter(disruption[knee], travel[knee], s=260, facecolor="none", edgecolor=ORANGE, linewidth=2)
    for i, (x, y) in enumerate(zip(disruption, travel, strict=True), start=1):
        panel.annotate(str(i), (x, y), xytext=(7, 5), textcoords="offset points", fontsize=8)
    panel.set_xlabel(f"disruption, {currency} a year")
    panel.set_ylabel(f"travel and all other costs, {currency} a year")
    panel.set_title("Plans that no other beats in everything" + ("; circled: the knee" if knee.any() else ""))
    canvas.colour_scale(dots, "largest deviation from target, %")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return canvas.png()
