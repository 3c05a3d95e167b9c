"""Why an account is where it is, and what stands against every other rep."""

from territory_opt.explain.choices import Choice, explain

__all__ = ["Choice", "explain"]
