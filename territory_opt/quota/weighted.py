"""A weighted index of several measures of the book."""

from __future__ import annotations

from collections.abc import Mapping

from territory_opt.errors import Issue
from territory_opt.quota.books import Books, NoQuotas, Shared
from territory_opt.quota.quotas import Line
from territory_opt.quota.words import percent


def weighted_index(books: Books, goal: float) -> Shared:
    """quota_r = goal · Σ_m w_m · X_mr / Σ X_m, the weights w as parts of their sum.

    X is any measure of the book: revenue, potential, accounts, workload_h, a column of your own, or the
    rep's share. More of a measure never means a smaller quota. PolicyError for a measure that does not exist
    or that no book has. Source: as used in practice.
    """
    parts = parts_of(books.settings.weights)
    total = {name: books.measure(name) for name in parts}
    empty = [f"no book has {name} that a goal could be shared by" for name in parts if not total[name].sum()]
    if empty:
        raise NoQuotas([Issue("", None, "", "", fault, "") for fault in empty])
    lines = []
    for name, part in parts.items():
        label = f"part of {name} in {percent(part)} of the goal"
        lines.append(Line(f"from {name}", label, part * goal * total[name] / total[name].sum()))
    return Shared(lines, " and ".join(f"{percent(part)} by {name}" for name, part in parts.items()))


def parts_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights above 0 as parts of their sum."""
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items() if weight > 0}
