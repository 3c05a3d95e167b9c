"""The wishes of a policy as named pieces that can be switched off one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory_opt.policy import KeepTogether, Locked, Policy
from territory_opt.policy.base import Curve
from territory_opt.policy.words import unit_of
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.question import Question, ask
from territory_opt.scenarios.changes.wishes import label_of
from territory_opt.travel.place import IndexArray

WHOLE = -1


@dataclass(frozen=True)
class Piece:
    """A wish, or a part of one.

    wish: its place in `policy.wishes`. part: WHOLE, or which bin (a limit of one rep, say), locked account or
    family. side: of a limit, -1 the least and 1 the most, 0 for what has no sides.
    """

    wish: int
    words: str
    part: int = WHOLE
    side: int = 0


class Pieces:
    """Questions about some of the wishes, all under the targets that the whole policy sets.

    Targets depend on who may serve what, so that dropping a rule would move the bands of others; they are
    fixed here, and more wishes can then never make more possible.
    """

    def __init__(self, problem: Problem, policy: Policy):
        self.problem, self.policy = problem, policy
        self._full = ask(problem, policy)
        terms = [id(term) for term in self._full.terms]
        self._term = [terms.index(id(w)) if id(w) in terms else None for w in policy.wishes]

    def whole(self) -> list[Piece]:
        """Every wish that limits what plans there can be, as a whole."""
        limiting = [self._limits(i) for i in range(len(self.policy.wishes))]
        wishes = self.policy.wishes
        return [Piece(i, label_of(wish)) for i, wish in enumerate(wishes) if limiting[i]]

    def parts(self, piece: Piece) -> list[Piece]:
        """What a whole wish is made of, where that tells more; else the wish itself."""
        wish = self.policy.wishes[piece.wish]
        term = self._term[piece.wish]
        if term is not None:
            return list(self._limits_of_bins(piece, term))
        if isinstance(wish, Locked):
            return list(self._locks(piece))
        if isinstance(wish, KeepTogether):
            return list(self._families(piece, wish))
        return [piece]

    def question(self, active: Sequence[Piece]) -> Question:
        """The question that only these pieces ask."""
        rules = [self._rule(i, active) for i in range(len(self.policy.wishes)) if self._term[i] is None]
        kept = [rule for rule in rules if rule is not None]
        loads = [w for w, term in zip(self.policy.wishes, self._term, strict=True) if term is not None]
        asked = ask(self.problem, Policy(loads, kept))
        order = [self._term[i] for i in range(len(self.policy.wishes)) if self._term[i] is not None]
        curves = tuple(self._curve(term, active) for term in order if term is not None)
        return replace(asked, curves=curves)

    def _limits(self, i: int) -> bool:
        term, wish = self._term[i], self.policy.wishes[i]
        if term is not None:
            curve = self._full.curves[term]
            return bool((np.isfinite(curve.low) & (curve.low > 0)).any() or np.isfinite(curve.high).any())
        return any(hasattr(wish, shape) for shape in ("allows", "groups", "torn"))

    def _limits_of_bins(self, piece: Piece, term: int) -> Iterator[Piece]:
        curve, wish = self._full.curves[term], self._full.terms[term]
        measure = getattr(wish, "measure", "load")
        bins = wish.bins(self.problem)[1]
        for b, name in enumerate(bins):
            for side, word, limit in ((-1, "at least", curve.low[b]), (1, "at most", curve.high[b])):
                if np.isfinite(limit) and (side > 0 or limit > 0):
                    unit = unit_of(measure, self.problem.currency, float(limit))
                    words = f"{piece.words}: {name} {word} {limit:,.6g} {unit}"
                    yield Piece(piece.wish, words, b, side)

    def _locks(self, piece: Piece) -> Iterator[Piece]:
        facts = self.problem
        leaving = np.append(facts.reps.leaving, True)
        binds = facts.accounts.locked & ~leaving[facts.accounts.owner]
        for a in np.flatnonzero(binds):
            owner = facts.reps.ids[facts.accounts.owner[a]]
            yield Piece(piece.wish, f"{facts.accounts.ids[a]} is locked to {owner}", int(a))

    def _families(self, piece: Piece, wish: KeepTogether) -> Iterator[Piece]:
        code = wish.groups(self.problem)
        first = {int(g): int(a) for a, g in reversed(list(enumerate(code))) if g >= 0}
        size = np.bincount(code[code >= 0], minlength=1)
        names = self.problem.accounts.tag(wish.by).texts()
        for group, a in sorted(first.items(), key=lambda pair: pair[1]):
            if size[group] > 1:
                yield Piece(piece.wish, f"{wish.by} {names[a]} stays together", group)

    def _curve(self, term: int, active: Sequence[Piece]) -> Curve:
        """A term's curve with only the limits of the active pieces; it costs nothing inside."""
        curve = self._full.curves[term]
        place = self._term.index(term)
        ours = [piece for piece in active if piece.wish == place]
        whole = any(piece.part == WHOLE for piece in ours)
        low, high = np.full(len(curve.low), whole), np.full(len(curve.low), whole)
        for piece in ours:
            if piece.part != WHOLE:
                (low if piece.side < 0 else high)[piece.part] = True
        least, most = np.where(low, curve.low, -np.inf), np.where(high, curve.high, np.inf)
        return Curve(least, most, curve.target)

    def _rule(self, i: int, active: Sequence[Piece]) -> Any:
        """The rule with only its active parts, None without any."""
        parts = [piece.part for piece in active if piece.wish == i]
        rule: Any = self.policy.wishes[i]
        if hasattr(rule, "cost") and not any(hasattr(rule, s) for s in ("allows", "groups", "torn")):
            return rule
        if not parts:
            return None
        if WHOLE in parts:
            return rule
        chosen = np.array(sorted(parts), np.int64)
        return _SomeGroups(rule, chosen) if hasattr(rule, "groups") else _SomeAccounts(rule, chosen)


@dataclass(frozen=True, eq=False)
class _SomeAccounts:
    """A pair rule that binds some accounts only."""

    rule: Any
    accounts: IndexArray
    name = "some accounts"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def allows(self, problem: Problem, account: IndexArray, rep: IndexArray) -> BoolArray:
        bound = np.zeros(len(problem.accounts), bool)
        bound[self.accounts] = True
        allowed: BoolArray = ~bound[account] | self.rule.allows(problem, account, rep)
        return allowed


@dataclass(frozen=True, eq=False)
class _SomeGroups:
    """A group rule that keeps some groups together only."""

    rule: Any
    groups_kept: IndexArray
    name = "some groups"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from ()

    def groups(self, problem: Problem) -> Int32Array:
        code = self.rule.groups(problem)
        return np.where(np.isin(code, self.groups_kept), code, -1).astype(np.int32)
