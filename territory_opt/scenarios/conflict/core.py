"""Which wishes clash: a set of them that no plan meets, while every smaller one is met by some plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from territory_opt.check import check
from territory_opt.errors import PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.scenarios.conflict.pieces import Piece, Pieces
from territory_opt.shown import ShownAsText
from territory_opt.solve.possible import possible

_SHARE_OF_CALL = 0.25  # of the time left that one question may take at most, all of it for the first


@dataclass(frozen=True)
class Conflict(ShownAsText):
    """Wishes that no plan meets together.

    wishes: in the planner's words; empty where all wishes can be met, or where that was not settled.
    possible: whether all wishes together can be met, None where that was not settled. proved: that no plan
    meets `wishes` is proved. unsettled: those of them that may not be needed for the clash; when there are
    none, the set is minimal: leave any one out and a plan for the others was found.
    """

    wishes: tuple[str, ...]
    possible: bool | None
    proved: bool
    unsettled: tuple[str, ...]
    runtime_s: float
    pieces: tuple[Piece, ...] = field(default=(), repr=False)

    @property
    def minimal(self) -> bool:
        """Whether every one of the wishes is needed for the clash."""
        return self.proved and not self.unsettled

    def __str__(self) -> str:
        if self.possible:
            return "All wishes can be met together."
        if not self.proved:
            return "Whether all wishes can be met together was not settled in this time."
        lines = [f"No plan meets these {len(self.wishes)} wishes together:"]
        lines += [
            f"  {wish}" + (" (may not be needed)" if wish in self.unsettled else "") for wish in self.wishes
        ]
        if self.minimal:
            lines.append("Leave any one of them out, and there is a plan for the others.")
        else:
            lines.append("The list may be longer than it must be: time ran out for those marked.")
        return "\n".join(lines)

    def _doubt(self, wish: str) -> str:
        return " (may not be needed)" if wish in self.unsettled else ""


def conflict(
    problem: Problem,
    policy: Policy,
    *,
    runtime_s: float = 60.0,
    seed: int = 1,
    executor: Executor | None = None,
) -> Conflict:
    """A minimal set of wishes that clash, down to single limits, locks and families.

    Found by halving (QuickXplain: Junker 2004, AAAI), first among whole wishes and then among the parts of
    those that clash. Each answer is a plan or a proof; what is neither in time counts as possible, and is
    named in the end. Every rep who leaves has left and every account is to be served, whatever is dropped.

    Raises PolicyError when the wishes make no sense for these facts.
    """
    fatal = [issue for issue in check(problem, policy) if issue.fatal]
    if fatal:
        raise PolicyError(fatal)
    began_s = time.perf_counter()
    pieces = Pieces(problem, policy)
    asked = _Asked(pieces, began_s + runtime_s, seed, executor)
    whole = pieces.whole()
    can = asked(whole)
    if can is not False:
        return Conflict((), can, False, (), time.perf_counter() - began_s)
    if asked([]) is False:
        nobody = ("every account is served, though some may be served by nobody",)
        return Conflict(nobody, False, True, (), time.perf_counter() - began_s)
    core = clashing(whole, asked)
    fine = [part for piece in core for part in pieces.parts(piece)]
    if asked(fine) is False:
        core = clashing(fine, asked)
    unsettled = tuple(p.words for p in core if asked([q for q in core if q is not p]) is not True)
    words = tuple(piece.words for piece in core)
    return Conflict(words, False, True, unsettled, time.perf_counter() - began_s, tuple(core))


class _Asked:
    """Whether some pieces can be met together; answers are remembered."""

    def __init__(self, pieces: Pieces, until_s: float, seed: int, executor: Executor | None):
        self.pieces, self.until_s, self.seed, self.executor = pieces, until_s, seed, executor
        self.known: dict[frozenset[Piece], bool | None] = {}

    def __call__(self, active: Sequence[Piece]) -> bool | None:
        key = frozenset(active)
        if key not in self.known:
            self.known[key] = self._implied(key)
        return self.known[key]

    def _implied(self, key: frozenset[Piece]) -> bool | None:
        """From what is known: fewer wishes than a possible set, or more than an impossible one."""
        if any(answer and key <= other for other, answer in self.known.items()):
            return True
        if any(answer is False and key >= other for other, answer in self.known.items()):
            return False
        left_s = self.until_s - time.perf_counter()
        if left_s <= 0:
            return None
        share = _SHARE_OF_CALL if self.known else 1.0  # without the first answer no other is of use
        question = self.pieces.question(sorted(key, key=lambda p: (p.wish, p.part, p.side)))
        return possible(question, max(share * left_s, 0.5), self.seed, self.executor)


def clashing(pieces: Sequence[Piece], can: Callable[[Sequence[Piece]], bool | None]) -> list[Piece]:
    """A set of pieces that cannot be met, minimal as far as every question was answered.

    The pieces together cannot be met. QuickXplain: Junker (2004).
    """
    return _needed([], False, list(pieces), can)


def _needed(
    base: list[Piece], grown: bool, among: list[Piece], can: Callable[[Sequence[Piece]], bool | None]
) -> list[Piece]:
    """Which of `among` are needed beside `base`; grown: whether base is new since it was last asked."""
    if grown and can(base) is False:
        return []
    if len(among) == 1:
        return among
    half = len(among) // 2
    first, second = among[:half], among[half:]
    needed = _needed(base + first, True, second, can)
    return _needed(base + needed, bool(needed), first, can) + needed
