"""Markets of any size from a seed."""

from territory_opt.generate.market import Market, generate, market, wishes

__all__ = ["Market", "generate", "market", "wishes"]
