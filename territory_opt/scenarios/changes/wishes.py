"""Changes of what the planner wishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from territory_opt.audit import must_move
from territory_opt.errors import did_you_mean
from territory_opt.policy import Balance, MoveCap, Policy, Wish
from territory_opt.problem import Problem
from territory_opt.scenarios.changes.base import Facts


@dataclass(frozen=True)
class Band:
    """The band of a measure is so wide; a measure that is not balanced yet will be."""

    measure: str
    within: float

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from Balance(self.measure, self.within).faults(problem)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        known = any(isinstance(w, Balance) and w.measure == self.measure for w in policy.wishes)
        terms = [self._changed(wish) for wish in policy.terms]
        new = [] if known else [Balance(self.measure, self.within)]
        return problem, Policy([*terms, *new], map(self._changed, policy.rules))

    def _changed(self, wish: Wish) -> Wish:
        if isinstance(wish, Balance) and wish.measure == self.measure:
            return replace(wish, within=self.within, at_least=None, at_most=None)
        return wish

    def words(self) -> str:
        return f"{self.measure} within {100 * self.within:g} %"


@dataclass(frozen=True)
class With:
    """One more term or rule; it takes the place of one that has the same label or, for a rule, equals it."""

    wish: Any

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from self.wish.faults(problem)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        ours = label_of(self.wish)
        terms, rules = ([w for w in part if label_of(w) != ours] for part in (policy.terms, policy.rules))
        is_term = hasattr(self.wish, "cost") or hasattr(self.wish, "curve")
        (terms if is_term else rules).append(self.wish)
        return problem, Policy(terms, rules)

    def words(self) -> str:
        return f"with {label_of(self.wish)}"


@dataclass(frozen=True)
class Without:
    """Without a wish, named by its label (`potential within 15 %`) or its word (`move_cap`)."""

    wish: str

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        names = [name for w in policy.wishes for name in (w.name, label_of(w))]
        if self.wish not in names:
            yield f"there is no wish {self.wish!r}. {did_you_mean(self.wish, names)}"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        terms, rules = (
            [w for w in part if self.wish not in (w.name, label_of(w))]
            for part in (policy.terms, policy.rules)
        )
        return problem, Policy(terms, rules)

    def words(self) -> str:
        return f"without {self.wish}"


@dataclass(frozen=True)
class Instead:
    """One wish in the place of another that is there."""

    old: Any
    wish: Any

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        yield from self.wish.faults(problem)

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        facts, wishes = Without(label_of(self.old)).apply(problem, policy)
        return With(self.wish).apply(facts, wishes)

    def words(self) -> str:
        return f"{label_of(self.wish)} instead of {label_of(self.old)}"


@dataclass(frozen=True)
class OthersMove:
    """Beside the accounts that must move, because their owner leaves or may not serve them, at most so many.

    An account must move too when its owner may not serve another of its family or area, which moves as one.
    Apply it last: what must move is counted on the facts and wishes as they are then.
    """

    at_most: int

    def faults(self, problem: Problem, policy: Policy) -> Iterator[str]:
        if self.at_most < 0:
            yield f"at_most = {self.at_most} must be 0 or more"

    def apply(self, problem: Problem, policy: Policy) -> Facts:
        cap = MoveCap("accounts", at_most=float(must_move(problem, policy).sum() + self.at_most))
        return problem, Policy([*policy.terms, cap], policy.rules)

    def words(self) -> str:
        return f"at most {self.at_most:,} others move"


def wider(band: Balance, by: float) -> Balance:
    """A band whose limits are both further out by the same share of the target."""
    if band.at_least is None and band.at_most is None:
        return replace(band, within=round(band.within + by, 6))
    low = 1 - band.within if band.at_least is None else band.at_least
    high = 1 + band.within if band.at_most is None else band.at_most
    return replace(band, at_least=round(max(low - by, 0.0), 6), at_most=round(high + by, 6))


def label_of(wish: Any) -> str:
    """How a planner knows a wish."""
    return str(wish.label()) if hasattr(wish, "label") else _word_of(wish)


def _word_of(wish: Any) -> str:
    given = {k: v for k, v in vars(wish).items() if v not in (None, "", ()) and not isinstance(v, float)}
    inside = ", ".join(f"{k} {v}" for k, v in given.items())
    return f"{wish.name} ({inside})" if inside else str(wish.name)
