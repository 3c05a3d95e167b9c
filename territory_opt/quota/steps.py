"""What is done to the money of a method before it is a quota; each step is a line of the account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.errors import PolicyError
from territory_opt.quota.books import Books, NoQuotas
from territory_opt.quota.filling import filled
from territory_opt.quota.quotas import ROUNDING, Line
from territory_opt.quota.ramp import month_weights, monthly_ramp
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.words import percent
from territory_opt.travel.place import FloatArray


@dataclass
class Account:
    """Lines so far and their sum per rep (reps,), on the way from a method to quotas."""

    books: Books
    lines: list[Line]
    notes: list[str]

    @property
    def money(self) -> FloatArray:
        """What each rep has after the lines so far (reps,)."""
        return np.sum([line.money for line in self.lines], axis=0)

    def release_leavers(self) -> None:
        """A seat that leaves has no quota: what its book would ask is shared by the others' quotas."""
        money, leaving = self.money, self.books.leaving
        gone = money[leaving].sum()
        if not gone > 0:
            return
        key = np.where(leaving, 0.0, money)
        if not key.sum() > 0:
            key = self.books.share
        if not key.sum() > 0:
            raise NoQuotas("all quota lies with seats that leave, and nobody who stays has a share")
        change = np.where(leaving, -money, gone * key / key.sum())
        self.lines.append(Line("from leavers", "quota of seats that leave", change))
        who = ", ".join(self.books.problem.reps.ids[leaving & (money > 0)])
        self.notes.append(f"{who}: leaving with a book; the others carry {gone:,.0f} of quota for it.")

    def over_assign(self) -> None:
        """All quotas exceed the goal by one rate, so that the goal survives a miss."""
        over = self.books.settings.total_hedge
        label = f"over-assignment of {percent(over)}" if over else ""
        self.lines.append(Line("from over-assignment", label, over * self.money))

    def ramp_up(self) -> FloatArray:
        """New reps carry part of a quota; those on a full one carry the rest, by their quotas.

        Returns the part of a full quota (reps,), weighted by the season of the months that count.
        """
        part = monthly_ramp(self.books.problem.reps, self.books.settings) @ month_weights(self.books.settings)
        part = np.where(part > 1 - 1e-12, 1.0, part)
        if (part == 1).all():
            return part
        money = self.money
        missing = ((1 - part) * money).sum()
        change = (part - 1) * money
        if self.books.settings.ramp_shared:
            key = np.where(part == 1, money, 0.0)
            key = key if key.sum() > 0 else part * money
            if not key.sum() > 0:
                raise PolicyError("no rep carries a quota this year: every one of them starts after it")
            change += missing * key / key.sum()
        else:
            self.notes.append(f"ramp_shared = false: nobody carries the {missing:,.0f} that new reps do not.")
        self.lines.append(Line("from ramp", "new reps carry part of a quota, the others the rest", change))
        return part

    def limit_growth(self, part: FloatArray) -> None:
        """Caps and floors on the growth of each book, for new reps times their part of a full quota.

        What a cap takes off goes to the others in proportion to their quotas, and again where that meets a
        cap: water-filling, so that the total stays. A book without revenue has no growth and no bound.
        """
        low, high = self._bounds(part)
        if low is None or high is None:
            return
        money = self.money
        most = np.where(money > 0, high, np.clip(money, low, high))
        total = money.sum()
        if not low.sum() - 0.005 <= total <= most.sum() + 0.005:
            raise NoQuotas(_impossible(total, low, most))
        limited = filled(np.zeros(len(money)), money, low, high, total)
        label = "caps and floors on growth" if np.abs(limited - money).max() > 1e-6 else ""
        self.lines.append(Line("from limits", label, limited - money))

    def _bounds(self, part: FloatArray) -> tuple[FloatArray | None, FloatArray | None]:
        """Lowest and highest quota in whole cents, so that rounding keeps them; None when there are none."""
        least, most = self.books.settings.growth_at_least, self.books.settings.growth_at_most
        if least is None and most is None:
            return None, None
        base = np.where(self.books.leaving, 0.0, self.books.revenue) * part
        low = np.ceil(100 * base * (1 + (-1 if least is None else least)) - 1e-6) / 100
        high = np.full(len(base), np.inf)
        if most is not None:
            high = np.where(base > 0, np.floor(100 * base * (1 + most) + 1e-6) / 100, np.inf)
        high = np.where(self.books.leaving | (part == 0), 0.0, np.maximum(high, low))
        return low, high

    def rounded(self, goal: float) -> FloatArray:
        """Quotas to the cent, summing to the goal and its over-assignment (to what is left of them)."""
        exact = self.money
        total = round(goal * (1 + self.books.settings.total_hedge), 2)
        if not self.books.settings.ramp_shared:
            total = round(float(exact.sum()), 2)
        # In the order of the ids, so that the order of rows decides about no cent.
        order = np.argsort(self.books.problem.reps.ids.astype(str), kind="stable")
        quota = np.empty(len(exact))
        quota[order] = largest_remainder(exact[order], total)
        self.lines.append(Line(ROUNDING, "rounding to the cent", quota - exact))
        return quota


def _impossible(total: float, low: FloatArray, most: FloatArray) -> str:
    allowed = f"at least {low.sum():,.2f}"
    if np.isfinite(most.sum()):
        allowed = f"{low.sum():,.2f} to {most.sum():,.2f}"
    too = "raise growth_at_most" if total > most.sum() else "lower growth_at_least"
    sums = f"but the quotas sum to {total:,.2f}"
    return f"caps and floors on growth allow {allowed} in all, {sums}: {too}, or change the goal"
