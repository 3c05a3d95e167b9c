"""What each account bought, period by period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from territory_opt.arrays import texts
from territory_opt.errors import DataError
from territory_opt.travel.place import FloatArray, IndexArray

QUARTERS, MONTHS = 4, 12
_QUARTER = re.compile(r"(\d{4})[-\s/]?[Qq]([1-4])")
_MONTH = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])")


@dataclass(frozen=True)
class History:
    """Revenue of every account in every period, the oldest first, without a gap between periods.

    periods: "2024-Q1" or "2024-01" (periods,). revenue: money per period (accounts, periods); 0 where nothing
    was sold, below 0 where more came back than was sold.

    Raises DataError for periods that are mixed, unreadable or not one after another, and shapes that differ.
    """

    periods: NDArray[Any]
    revenue: FloatArray

    def __post_init__(self) -> None:
        revenue = np.array(self.revenue, np.float64, ndmin=2)
        revenue.setflags(write=False)
        object.__setattr__(self, "revenue", revenue)
        object.__setattr__(self, "periods", texts(self.periods))
        numbers = [numbered(period) for period in self.periods]
        if len(self.periods) != revenue.shape[1] or not len(self.periods):
            raise DataError(f"history has {len(self.periods)} periods but {revenue.shape[1]} columns")
        if None in numbers or len({found[0] for found in numbers if found}) > 1:
            raise DataError("the periods of a history are all quarters (2024-Q1) or all months (2024-01)")
        if (np.diff([found[1] for found in numbers if found]) != 1).any():
            raise DataError("the periods of a history follow one another, the oldest first")

    @property
    def per_year(self) -> int:
        """Periods in a year: 4 or 12."""
        found = numbered(self.periods[0])
        assert found is not None
        return found[0]

    @property
    def season(self) -> IndexArray:
        """Place of each period in its year, from 0 (periods,)."""
        numbers = [numbered(period) for period in self.periods]
        return np.array([found[1] % found[0] for found in numbers if found], np.int64)

    def take(self, rows: ArrayLike) -> History:
        """The same periods for some accounts."""
        return History(self.periods, self.revenue[np.asarray(rows)])

    def joined_by(self, n: int) -> History:
        """With so many more accounts at the end, that have bought nothing yet."""
        return History(self.periods, np.pad(self.revenue, ((0, n), (0, 0))))

    def until(self, periods: int) -> History:
        """The first so many periods."""
        return History(self.periods[:periods], self.revenue[:, :periods])


def numbered(period: str) -> tuple[int, int] | None:
    """Periods a year, and the number of this one since the year 0; None for a text that is no period."""
    for per_year, form in ((QUARTERS, _QUARTER), (MONTHS, _MONTH)):
        found = form.fullmatch(period)
        if found:
            return per_year, int(found[1]) * per_year + int(found[2]) - 1
    return None


def named(per_year: int, number: int) -> str:
    """The period with this number, as `numbered` counts: "2024-Q1" or "2024-01"."""
    year, place = divmod(number, per_year)
    return f"{year:04d}-Q{place + 1}" if per_year == QUARTERS else f"{year:04d}-{place + 1:02d}"
