"""Where a search may begin: a plan and prices that another search found for nearly the same problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.question import Question
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Start:
    """A plan, and shadow prices by the label of their term as in `Result.prices` (bins,).

    Rows are those of the problem to be solved. Nothing of it is trusted: a wrong start costs time, and
    neither bound nor plan can become wrong by it.
    """

    alignment: Alignment
    prices: Mapping[str, FloatArray] = field(default_factory=dict)

    def in_order(self, order: tuple[IndexArray, IndexArray]) -> Start:
        """The same start for a problem whose accounts and reps are taken in this order."""
        accounts, reps = order
        rank = np.full(len(reps) + 1, -1, np.int32)
        rank[reps] = np.arange(len(reps), dtype=np.int32)
        prices = {k: v[reps] if len(v) == len(reps) else v for k, v in self.prices.items()}
        return Start(Alignment(rank[self.alignment.rep[accounts]]), prices)

    def bin_prices(self, question: Question) -> FloatArray | None:
        """One price a bin of all terms in a row, 0 where none is known; None when all are (bins,)."""
        parts = []
        for term, curve in zip(question.terms, question.curves, strict=True):
            known = self.prices.get(term.label())
            fits = known is not None and known.shape == curve.low.shape
            parts.append(np.nan_to_num(known) if fits else np.zeros(len(curve.low)))  # type: ignore[arg-type]
        price = np.concatenate(parts) if parts else np.zeros(0)
        return price if price.any() else None

    def rep_of_unit(self, question: Question) -> IndexArray:
        """Who serves each unit: the rep of its first account (units,)."""
        return self.alignment.rep[question.account[question.start[:-1]]]
