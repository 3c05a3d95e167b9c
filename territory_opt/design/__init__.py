"""Territories from nothing: where k seats should be, and who belongs to which."""

from territory_opt.design.pipeline import design
from territory_opt.design.plan import Design
from territory_opt.design.sizes import Sizes

__all__ = ["Design", "Sizes", "design"]
