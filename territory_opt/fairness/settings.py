"""What a planner says of commission and of sales, once for all reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from territory_opt.fairness.commission import PROBABILITY, RATE


@dataclass(frozen=True)
class FairnessSettings:
    """Where commission stands in the tables, and what a unit of sales is worth; see `commission`.

    probability_by_segment: pairs such as ("clinic", 0.4), for accounts without a probability of their own.
    """

    commission_rate: str = RATE
    probability: str = PROBABILITY
    probability_by_segment: tuple[tuple[str, float], ...] = ()
    margin: float = 1.0

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        for segment, chance in self.probability_by_segment:
            if not 0 <= chance <= 1:
                yield "probability_by_segment", f"{segment!r}: {chance:g} must be between 0 and 1"
        if not 0 < self.margin < float("inf"):
            yield "margin", "must be a number above 0"

    @property
    def of_commission(self) -> dict[str, Any]:
        """Keyword arguments of `commission`."""
        by_segment = dict(self.probability_by_segment)
        return {"rate": self.commission_rate, "probability": self.probability, "by_segment": by_segment}
