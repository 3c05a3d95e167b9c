"""Terms that balance or cap a load: bands, capacity, caps on moves, account counts, keeping apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from territory_opt.policy.base import Curve, rep_bins
from territory_opt.policy.words import column_faults, range_faults
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray


class _PerRep:
    """A load with one bin a rep."""

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        return rep_bins(problem)


@dataclass(frozen=True)
class Balance(_PerRep):
    """Each rep's load within ± `within` of the target: the rep's share of the total.

    by: a text column that accounts and reps both have (a region, say); targets are then shares of the
        total of that group, for reps who can only serve their own.
    at_least, at_most: limits as shares of the target, where the band is not symmetric.
    price: whether imbalance inside the band also costs the sales it loses (see `imbalance_cost`), with
        `elasticity` of sales to selling time and `margin` money per unit of the measure.
    """

    name: ClassVar[str] = "balance"
    measure: str = "potential"
    within: float = 0.10
    by: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    price: bool = False
    elasticity: float = 0.3
    margin: float = 1.0

    def label(self) -> str:
        of = f" by {self.by}" if self.by else ""
        if self.at_least is None and self.at_most is None:
            return f"{self.measure} within {100 * self.within:g} %{of}"
        low, high = self._limits()
        return f"{self.measure} between {100 * low:g} % and {100 * high:g} %{of}"

    def _limits(self) -> tuple[float, float]:
        low = 1 - self.within if self.at_least is None else self.at_least
        high = 1 + self.within if self.at_most is None else self.at_most
        return low, high

    def faults(self, problem: Problem) -> Iterator[str]:
        low, high = self._limits()
        yield from range_faults("within", self.within, low=0.0)
        yield from range_faults("at_least", low if self.at_least is not None else None, low=0.0, high=high)
        yield from range_faults("at_most", high if self.at_most is not None else None, low=0.0)
        yield from range_faults("elasticity", self.elasticity, low=0.0, high=1.0)
        yield from range_faults("margin", self.margin, low=0.0)
        yield from column_faults(problem, account_measure=self.measure)
        yield from column_faults(problem, account_tag=self.by, rep_tag=self.by)
        if self.by in problem.accounts.tags and self.by in problem.reps.tags:
            yield from self._group_faults(problem)

    def _group_faults(self, problem: Problem) -> Iterator[str]:
        theirs, ours = problem.accounts.tag(self.by or ""), problem.reps.tag(self.by or "")
        for text in sorted(set(np.array([*theirs.names, ""], object)[np.unique(theirs.code)])):
            if text not in set(ours.texts()):
                yield f"accounts with {self.by} {text!r} count towards no rep: none has that {self.by}"

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return problem.load(self.measure, account, rep)

    def target(self, problem: Problem, least: FloatArray) -> FloatArray:
        """Share × total of the rep's group, shape (reps,)."""
        share = np.where(problem.reps.leaving, 0.0, problem.reps.share)
        if self.by is None:
            return share * least.sum() / max(share.sum(), 1e-300)
        theirs, ours = problem.accounts.tag(self.by), problem.reps.tag(self.by)
        number = {text: i for i, text in enumerate(theirs.names)} | {"": len(theirs.names)}
        total = np.bincount(theirs.code % len(number), least, minlength=len(number))
        group = np.array([number.get(text, -1) for text in ours.texts()], np.int64)
        group_share = np.bincount(group + 1, share, minlength=len(number) + 1)[group + 1]
        known = np.where(group >= 0, total[group], 0.0)
        return share * known / np.maximum(group_share, 1e-300)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        target = self.target(problem, least)
        low, high = self._limits()
        cost = None
        if self.price:
            scale = partial(imbalance_cost, target=target, elasticity=self.elasticity)
            cost = partial(_times, self.margin, scale)
        return Curve(low * target, high * target, target, cost)


def imbalance_cost(load: FloatArray, target: FloatArray, elasticity: float) -> FloatArray:
    """Sales lost because a rep's time does not match the load, in units of the load.

    With sales T^b · G^(1-b) and time T in proportion to the target t, perfect balance sells t; a load G
    sells t^b · G^(1-b). The tangent at t is added, which changes nothing in the sum over reps (loads and
    targets have the same total) and makes each rep's loss 0 on target, convex, and b(1-b)(G-t)²/2t to
    second order. Model: Zoltners & Sinha (1980), Management Science 26(3), with a power response.
    """
    share = np.maximum(np.asarray(load, np.float64), 0.0)
    b = elasticity
    return (1 - b) * share + b * target - target**b * share ** (1 - b)


def _times(factor: float, function: partial[FloatArray], load: FloatArray) -> FloatArray:
    return factor * function(load)


@dataclass(frozen=True)
class Capacity(_PerRep):
    """At most `capacity_h` hours a year per rep (blank: no limit), driving included."""

    name: ClassVar[str] = "capacity"
    measure: str = WORKLOAD_H

    def label(self) -> str:
        return f"{self.measure} within capacity_h"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from column_faults(problem, account_measure=self.measure)
        if np.isnan(problem.reps.capacity_h).all():
            yield "no rep has a capacity_h, so there is nothing to limit"

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return problem.load(self.measure, account, rep)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        capacity = problem.reps.capacity_h
        high = np.where(np.isnan(capacity), np.inf, capacity)
        return Curve(np.full(len(high), -np.inf), high, capacity)


@dataclass(frozen=True)
class AccountCount(_PerRep):
    """At least and at most so many accounts per rep."""

    name: ClassVar[str] = "account_count"
    at_least: float | None = None
    at_most: float | None = None
    measure: ClassVar[str] = ACCOUNTS

    def label(self) -> str:
        low = f"at least {self.at_least:g} " if self.at_least is not None else ""
        high = f"at most {self.at_most:g} " if self.at_most is not None else ""
        return f"{low}{high}accounts a rep"

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.at_least is None and self.at_most is None:
            yield "needs at_least, at_most or both"
        yield from range_faults("at_least", self.at_least, low=0.0, high=self.at_most or float("inf"))
        yield from range_faults("at_most", self.at_most, low=0.0)

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return problem.load(ACCOUNTS, account, rep)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        active = ~problem.reps.leaving
        low = np.where(active, -np.inf if self.at_least is None else self.at_least, -np.inf)
        high = np.full(len(low), np.inf if self.at_most is None else self.at_most)
        return Curve(low, high, np.full(len(low), np.nan))


@dataclass(frozen=True)
class MoveCap:
    """At most so much may leave its present owner: accounts, revenue or any other measure.

    share: of what has an owner today; at_most: in units of the measure. With per_rep, of each present
    owner's own book: what a rep keeps has a floor. A leaving rep keeps nothing and is not counted per rep.
    It comes before bands: where no plan keeps both, the search gives way in a band, and names it.
    """

    name: ClassVar[str] = "move_cap"
    firm: ClassVar[bool] = True
    measure: str = ACCOUNTS
    share: float | None = None
    at_most: float | None = None
    per_rep: bool = False

    def label(self) -> str:
        amount = f"{100 * self.share:g} %" if self.share is not None else f"{self.at_most or 0:g}"
        return f"at most {amount} of {self.measure} moved{' per rep' if self.per_rep else ''}"

    def faults(self, problem: Problem) -> Iterator[str]:
        if (self.share is None) == (self.at_most is None):
            yield "needs either share or at_most"
        yield from range_faults("share", self.share, low=0.0, high=1.0)
        yield from range_faults("at_most", self.at_most, low=0.0)
        yield from column_faults(problem, account_measure=self.measure)
        if self.measure == WORKLOAD_H:
            yield "workload_h depends on who drives it; cap accounts, visits, revenue or potential"

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        if self.per_rep:
            return rep_bins(problem)
        return np.zeros(len(problem.reps), np.int32), ("whole force",)

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        owner = problem.accounts.owner[account]
        counts = owner == rep if self.per_rep else (owner >= 0) & (owner != rep)
        return np.where(counts, problem.load(self.measure, account, rep), 0.0)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        owner, n_reps = problem.accounts.owner, len(problem.reps)
        owned = np.flatnonzero(owner >= 0)
        weight = problem.load(self.measure, owned, owner[owned])
        if not self.per_rep:
            most = self.at_most if self.at_most is not None else (self.share or 0.0) * weight.sum()
            return Curve(np.array([-np.inf]), np.array([most], np.float64), np.array([np.nan]))
        book = np.bincount(owner[owned], weight, minlength=n_reps)
        may_go = self.at_most if self.at_most is not None else (self.share or 0.0) * book
        keep = np.where(problem.reps.leaving, -np.inf, np.maximum(book - may_go, 0.0))
        return Curve(keep, np.full(n_reps, np.inf), np.full(n_reps, np.nan))


@dataclass(frozen=True)
class Apart(_PerRep):
    """These accounts must not share a territory: at most one of them per rep. It comes before bands."""

    name: ClassVar[str] = "apart"
    firm: ClassVar[bool] = True
    accounts: tuple[str, ...] = ()
    measure: ClassVar[str] = ACCOUNTS

    def label(self) -> str:
        return f"apart: {', '.join(self.accounts)}"

    def faults(self, problem: Problem) -> Iterator[str]:
        if len(set(self.accounts)) < 2:
            yield "needs at least two different account ids"
        known = set(problem.accounts.ids)
        yield from (f"no account {account!r}" for account in self.accounts if account not in known)

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        named = np.isin(problem.accounts.ids[account], np.array(self.accounts, dtype=object))
        return np.broadcast_to(named.astype(np.float64), np.broadcast(account, rep).shape)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        n_reps = len(problem.reps)
        return Curve(np.full(n_reps, -np.inf), np.ones(n_reps), np.full(n_reps, np.nan))
