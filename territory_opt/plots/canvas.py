"""One style for all pictures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

#: Okabe & Ito (2008): readers with any kind of colour blindness tell them apart.
BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#8a8f98"
_DOTS_PER_INCH = 110


class Canvas:
    """A figure of one or more panels side by side, and the PNG that it becomes.

    No global state of matplotlib is touched, so that pictures may be drawn in any thread.
    """

    def __init__(self, panels: int = 1, *, width: float = 5.2, height: float = 3.9):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(width * panels, height), layout="constrained")
        FigureCanvasAgg(self._figure)
        self.panels: list[Any] = list(self._figure.subplots(1, panels, squeeze=False)[0])
        for panel in self.panels:
            panel.spines[["top", "right"]].set_visible(False)
            panel.grid(axis="y", color="#e3e6ea", linewidth=0.8)
            panel.set_axisbelow(True)

    def colour_scale(self, drawn: Any, label: str) -> None:
        """What the colours of something drawn mean, beside the last panel."""
        self._figure.colorbar(drawn, ax=self.panels[-1], label=label)

    def png(self) -> bytes:
        """The picture. A `$` in a name is a dollar and starts no formula."""
        from matplotlib.text import Text

        for text in self._figure.findobj(Text):
            text.set_parse_math(False)
        buffer = BytesIO()
        self._figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
        return buffer.getvalue()
