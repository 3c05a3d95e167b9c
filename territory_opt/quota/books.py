"""What the new books hold, and the goal that is shared over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, BoolArray, Problem
from territory_opt.quota.quotas import Line
from territory_opt.quota.settings import QuotaSettings
from territory_opt.quota.words import against, percent
from territory_opt.travel.place import FloatArray

SHARE = "share"
_CONCENTRATED = 0.5  # share of all potential in one account that is worth a note


class NoQuotas(PolicyError):
    """The books are why there are no quotas: they hold nothing to share by, or break a bound on growth."""


class Shared(NamedTuple):
    """What a method gives: lines that sum to the goal, how in words ("shared by …"), and what to look at."""

    lines: list[Line]
    how: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Books:
    """Revenue, potential and share of each rep (reps,); baselines follow the accounts to their new owner.

    share: the rep's part of the force, 0 for one who leaves.
    """

    problem: Problem
    alignment: Alignment
    settings: QuotaSettings
    revenue: FloatArray
    potential: FloatArray
    share: FloatArray
    leaving: BoolArray

    @classmethod
    def of(cls, problem: Problem, alignment: Alignment, settings: QuotaSettings) -> Books:
        """The books of an alignment; NoQuotas where a revenue, potential or share is no amount."""
        n = len(problem.reps)
        revenue, potential = (
            alignment.total(problem.accounts.measures[name], n) for name in ("revenue", "potential")
        )
        leaving = problem.reps.leaving
        share = np.where(leaving, 0.0, problem.reps.share)
        for name, book in (("revenue", revenue), ("potential", potential), (SHARE, share)):
            _refuse_no_amount(name, book)
        if leaving.all():
            raise NoQuotas("every seat leaves, so that nobody can have a quota")
        return cls(problem, alignment, settings, revenue, potential, share, leaving)

    def measure(self, name: str) -> FloatArray:
        """Any measure of the books by name, also "share", "accounts" and "workload_h" (reps,)."""
        if name == SHARE:
            return self.share
        if name in (ACCOUNTS, WORKLOAD_H):
            return self.alignment.load(self.problem, name)
        book = self.alignment.total(self.problem.accounts.measure(name), len(self.problem.reps))
        _refuse_no_amount(name, book)
        return book

    def notes(self) -> Iterator[str]:
        """What of the books makes quotas strange whatever the method."""
        accounts = self.problem.accounts
        out = accounts.measures["revenue"][~self.alignment.covered].sum()
        if out > 0:
            yield f"Accounts that nobody serves sell {out:,.0f} today: that is in no book and in no quota."
        potential = np.where(self.alignment.covered, accounts.measures["potential"], 0.0)
        if len(accounts) > 1 and potential.max(initial=0.0) > _CONCENTRATED * potential.sum() > 0:
            most = int(potential.argmax())
            part = percent(potential[most] / potential.sum())
            yield f"{part} of all potential lies in one account, {accounts.ids[most]}: check that figure."
        capacity = self.problem.reps.capacity_h
        idle = ((self.share == 0) | (capacity == 0)) & ~self.leaving & (self.revenue + self.potential > 0)
        for rep in np.flatnonzero(idle):
            yield (
                f"{self.problem.reps.ids[rep]} has a book but no share or no hours to work it: give it "
                "hours, or its accounts to others."
            )


def _refuse_no_amount(name: str, book: FloatArray) -> None:
    if not np.isfinite(book).all() or (book < 0).any():
        what = "share of a rep" if name == SHARE else f"{name} of a book"
        raise NoQuotas(f"the {what} is missing or below 0, so that no quota can follow from it")


def goal_of(books: Books) -> tuple[float, str]:
    """The goal, and where it comes from; NoQuotas where there is nothing to make one of."""
    settings = books.settings
    if settings.goal is not None:
        return settings.goal, "as given"
    today = books.problem.reps.measures.get("quota")
    if today is not None and np.nansum(today) > 0:
        return float(np.nansum(today)), "the sum of today's quotas"
    revenue = float(books.revenue.sum())
    if revenue <= 0:
        raise NoQuotas("without revenue, and without a quota of today, a goal must be given")
    return revenue * (1 + settings.growth), f"{against(settings.growth)} the revenue of the books"


def strange_growth(goal: float, revenue: float) -> Iterator[str]:
    """A note when the goal and the books can hardly count the same thing."""
    growth = goal / revenue - 1 if revenue > 0 else 0.0
    if abs(growth) > 0.5:
        far = f"{against(growth)} what the books sell today, {revenue:,.0f}"
        yield (
            f"The goal of {goal:,.0f} is {far}: too far for one year's change, so check that both count the "
            "same sales over the same time."
        )
