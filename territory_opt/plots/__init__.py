"""Pictures of numbers, as PNG: drawn without a display, with names as the plain text that they are."""

from territory_opt.plots.canvas import Canvas

__all__ = ["Canvas"]
