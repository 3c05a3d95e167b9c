"""The wishes: what a good alignment costs and what it must respect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt.policy.areas import FollowArea
from territory_opt.policy.attainment import QuotaAttainment
from territory_opt.policy.base import (
    BAND_TOLERANCE,
    Curve,
    GroupRule,
    LoadTerm,
    PairRule,
    PairTerm,
    ShapeRule,
    Wish,
)
from territory_opt.policy.contiguity import Contiguous
from territory_opt.policy.homes import HomeAreas, home_of_rep
from territory_opt.policy.loads import AccountCount, Apart, Balance, Capacity, MoveCap
from territory_opt.policy.money import Disruption, Fit, Travel
from territory_opt.policy.rules import Assigned, Eligible, KeepTogether, Locked, MaxTravel
from territory_opt.policy.stability import Stability
from territory_opt.policy.tables import PairCost, PairLoad, PairTable
from territory_opt.problem import Int32Array, Problem

#: Every wish a policy can hold, by its word in `territory.toml`: one visible list.
TERMS = {
    kind.name: kind
    for kind in (
        Travel,
        Disruption,
        Fit,
        Balance,
        QuotaAttainment,
        Capacity,
        MoveCap,
        Stability,
        AccountCount,
    )
}
RULES = {
    kind.name: kind
    for kind in (KeepTogether, FollowArea, Contiguous, Locked, Assigned, Eligible, MaxTravel, Apart)
}

#: Wishes that hold a table of every pair: written in Python only, as no line of TOML could hold one.
TABLED = {kind.name: kind for kind in (PairCost, PairLoad)}


@dataclass(frozen=True, init=False)
class Policy:
    """Terms (what costs money or is balanced) and rules (what is allowed)."""

    terms: tuple[Wish, ...]
    rules: tuple[Wish, ...]

    def __init__(self, terms: Iterable[Wish] = (), rules: Iterable[Wish] = ()):
        object.__setattr__(self, "terms", tuple(terms))
        object.__setattr__(self, "rules", tuple(rules))

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """Terms and rules together: a shape decides what a wish does, not the list it stands in."""
        return (*self.terms, *self.rules)

    def pair_terms(self) -> Iterator[PairTerm]:
        """Wishes that cost money per pair."""
        return (w for w in self.wishes if hasattr(w, "cost"))  # type: ignore[misc]

    def load_terms(self) -> Iterator[LoadTerm]:
        """Wishes that balance or cap a load."""
        return (w for w in self.wishes if hasattr(w, "curve"))  # type: ignore[misc]

    def pair_rules(self) -> Iterator[PairRule]:
        """Wishes that forbid pairs."""
        yield from (w for w in self.wishes if hasattr(w, "allows"))  # type: ignore[misc]
        if self.keeps_homes:
            yield HomeAreas(tuple(w for w in self.wishes if isinstance(w, FollowArea)))

    def group_rules(self) -> Iterator[GroupRule]:
        """Wishes that glue accounts together."""
        return (w for w in self.wishes if hasattr(w, "groups"))  # type: ignore[misc]

    def shape_rules(self) -> Iterator[ShapeRule]:
        """Wishes about whole territories on the map."""
        return (w for w in self.wishes if hasattr(w, "torn"))  # type: ignore[misc]

    @property
    def keeps_homes(self) -> bool:
        """Whether the areas that reps live in must belong to them."""
        return any(isinstance(w, Contiguous) and w.home for w in self.wishes)

    def home_of_rep(self, problem: Problem) -> Int32Array:
        """Area that must be each rep's, one who lives there, -1 for none; shape (reps,)."""
        return home_of_rep(problem) if self.keeps_homes else np.full(len(problem.reps), -1, np.int32)

    def area_of(self, problem: Problem) -> Int32Array:
        """Area whose rep each account follows, -1 where it is planned one by one; shape (accounts,)."""
        area = np.full(len(problem.accounts), -1, np.int32)
        for rule in self.wishes:
            if isinstance(rule, FollowArea):
                area = np.maximum(area, rule.groups(problem))
        return area


__all__ = [
    "BAND_TOLERANCE",
    "RULES",
    "TABLED",
    "TERMS",
    "AccountCount",
    "Apart",
    "Assigned",
    "Balance",
    "Capacity",
    "Contiguous",
    "Curve",
    "Disruption",
    "Eligible",
    "Fit",
    "FollowArea",
    "GroupRule",
    "HomeAreas",
    "KeepTogether",
    "LoadTerm",
    "Locked",
    "MaxTravel",
    "MoveCap",
    "PairCost",
    "PairLoad",
    "PairRule",
    "PairTable",
    "PairTerm",
    "Policy",
    "QuotaAttainment",
    "ShapeRule",
    "Stability",
    "Travel",
    "Wish",
]
