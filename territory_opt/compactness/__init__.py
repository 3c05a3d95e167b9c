"""How compact territories are: shapes against circles, and how far it is from end to end."""

from territory_opt.compactness.territories import Compactness, compactness

__all__ = ["Compactness", "compactness"]
