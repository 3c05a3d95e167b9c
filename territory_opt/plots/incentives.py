"""Pictures of pay plans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.plots.canvas import BLUE, GREEN, GREY, ORANGE, RED, Canvas

_COLOURS = (BLUE, ORANGE, GREEN, RED)


def pay_picture(attainment: ArrayLike, multiples: Mapping[str, ArrayLike]) -> bytes:
    """Variable pay by attainment, a line for each plan; both as shares of what is had on target.

    Args: attainment: (points,). multiples: (points,) by the name of the plan; the first four are drawn.
    """
    canvas = Canvas(width=6.0)
    panel, x = canvas.panels[0], 100 * np.asarray(attainment, np.float64)
    for (name, values), colour in zip(multiples.items(), _COLOURS, strict=False):
        panel.plot(x, 100 * np.asarray(values, np.float64), color=colour, linewidth=2, label=name[:40])
    panel.axvline(100, color=GREY, linestyle=":", linewidth=1)
    panel.axhline(100, color=GREY, linestyle=":", linewidth=1)
    panel.set_title("Variable pay by attainment")
    panel.set_xlabel("sales, % of quota")
    panel.set_ylabel("variable pay, % of that on target")
    panel.legend(frameon=False)
    return canvas.png()
