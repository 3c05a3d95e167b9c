"""Top-down fair share: a company goal by revenue and potential of the new books."""

from __future__ import annotations

import numpy as np

from territory_opt.quota.books import Books, NoQuotas, Shared
from territory_opt.quota.quotas import Line
from territory_opt.quota.words import percent, step_to_goal


def fair_share(books: Books, goal: float) -> Shared:
    """quota_r = goal · ((1 − w) · revenue_r / Σ revenue + w · potential_r / Σ potential).

    A weight w (`potential_weight`) of 0 gives every book the same growth on its revenue, 1 shares by
    potential alone; a book that is empty gets a quota of 0. Where no book has revenue, or none has
    potential, the other is used alone, with a note; PolicyError where there is neither. Method: top-down
    fair share, as in Zoltners, Sinha & Lorimer (2006), "The Complete Guide to Sales Force Incentive
    Compensation", on setting goals.
    """
    weight, notes = _usable_weight(books, books.settings.potential_weight)
    revenue, potential = books.revenue, books.potential
    kept = grown = fair = np.zeros(len(revenue))
    labels = dict.fromkeys(("revenue", "growth", "potential"), "")
    if weight < 1:
        growth = goal / revenue.sum() - 1
        kept, grown = (1 - weight) * revenue, growth * (1 - weight) * revenue
        labels |= {
            "revenue": f"{percent(1 - weight)} of the revenue of the book",
            "growth": step_to_goal(growth),
        }
    if weight > 0:
        fair = weight * goal * potential / potential.sum()
        labels["potential"] = f"share of potential in {percent(weight)} of the goal"
    parts = {"revenue": 1 - weight, "potential": weight}
    by = " and ".join(f"{percent(part)} by the {name}" for name, part in parts.items() if part)
    money = zip(labels.items(), (kept, grown, fair), strict=True)
    return Shared(
        [Line(f"from {name}", label, m) for (name, label), m in money], f"{by} of each new book", notes
    )


def _usable_weight(books: Books, weight: float) -> tuple[float, tuple[str, ...]]:
    """The weight, or the only one that the books allow, with a note that says so."""
    sold, open_ = books.revenue.sum() > 0, books.potential.sum() > 0
    if not (sold or open_):
        raise NoQuotas("no book has revenue or potential to share a goal by")
    if not open_ and weight > 0:
        return 0.0, ("No book has potential, so the goal is shared by revenue alone.",)
    if not sold and weight < 1:
        return 1.0, ("No book has revenue, so the goal is shared by potential alone.",)
    return weight, ()
