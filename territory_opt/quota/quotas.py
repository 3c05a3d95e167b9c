"""What quotas are: money per rep, and the lines it is the sum of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.problem import TextArray
from territory_opt.travel.place import FloatArray

#: The name of the line that takes the money to whole cents.
ROUNDING = "from rounding"


@dataclass(frozen=True)
class Line:
    """One step from the book to the quota: its money per rep (reps,).

    name: the same for every goal, what the column is called. label: with its percentages, "" for a step that
    the settings leave out, whose money is 0.
    """

    name: str
    label: str
    money: FloatArray


@dataclass(frozen=True)
class Quotas:
    """Quota per rep (reps,), exact to the cent, and the lines it is the sum of.

    baseline, potential: revenue and potential of each rep's new book (reps,). share: each rep's part of the
    force, FTE × ramp, 0 for one who leaves (reps,). basis: where the goal comes from and how it is shared, in
    one sentence. notes: what was done where the books could not be used as asked, and what looks wrong.
    method: the name it has in `territory_opt.quota.METHODS`.
    """

    rep_ids: TextArray
    goal: float
    over_assignment: float
    quota: FloatArray
    baseline: FloatArray
    potential: FloatArray
    share: FloatArray
    lines: tuple[Line, ...]
    basis: str
    notes: tuple[str, ...] = ()
    method: str = "top_down"

    @property
    def assigned(self) -> float:
        """Sum of all quotas: the goal and its over-assignment, to the cent."""
        return round(float(self.quota.sum()), 2)

    @property
    def index(self) -> FloatArray:
        """Quota ÷ the rep's share of all quotas (reps,), NaN without a share.

        1.00 asks of a rep what it asks of all others for their time: one at half time or on half a ramp with
        half of a full quota has 1.00.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            fair = self.share / self.share.sum() * self.assigned
            return np.where(fair > 0, self.quota / fair, np.nan)

    def account_of(self, rep: int) -> str:
        """How one rep's quota arose, line by line."""
        rows = [f"{label}: {money:,.2f}" for label, money in self.rows_of(rep)]
        return "; ".join([*rows, f"quota: {self.quota[rep]:,.2f}"])

    def rows_of(self, rep: int) -> list[tuple[str, float]]:
        """The lines of one rep to the cent, as they are printed: they sum to the quota.

        Each is rounded by itself; what that leaves is part of the last one, the rounding to the cent.
        """
        shown = [line for line in self.lines if line.label]
        cents = [round(100 * float(line.money[rep])) for line in shown]
        last = next((i for i, line in enumerate(shown) if line.name == ROUNDING), None)
        if last is not None:
            cents[last] += round(100 * float(self.quota[rep])) - sum(cents)
        return [(line.label, money / 100) for line, money in zip(shown, cents, strict=True)]
