"""What a change of hands does to territories that must be in one piece, and what would have to go along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas
from territory_opt.explain.subject import Subject
from territory_opt.holdings import areas_in, territories
from territory_opt.policy import Policy
from territory_opt.policy.contiguity import listed
from territory_opt.problem import Int32Array, Problem
from territory_opt.receivers import may_serve_all
from territory_opt.travel.place import FloatArray, IndexArray

_NO_ACCOUNTS = 1e-3  # what it costs on a way to take an area along that nobody lives in, against 1
_MOST_PARTINGS = 16  # ways to choose what stays, where many parts hang on the areas that go


def said_on_the_map(problem: Problem, policy: Policy, alignment: Alignment, subject: Subject) -> list[str]:
    """For each rep, what would have to go along if he got some areas; "" where both territories stay whole.

    A territory that is in pieces today is judged by whether it gets into more of them.
    """
    if len(subject.area) == 0:
        return ["" for _ in subject.reps]
    areas, follows = areas_in(problem), policy.area_of(problem)
    home = policy.home_of_rep(problem)
    holder = territories(problem, follows, alignment, home)
    change = _Change(problem, policy, areas, follows, holder, home)
    partings = [change.parting(cut, subject.area) for cut in partings_of(areas, holder, subject.area)]
    giver = holder[subject.area[0]]
    return [
        "" if rep == giver else min(change.asked(parting, rep) for parting in partings)[-1]
        for rep in subject.reps.tolist()
    ]


def partings_of(areas: Areas, holder: Int32Array, leaving: IndexArray) -> Iterator[IndexArray]:
    """What may be cut off from its territory when some areas leave it: a way for each part that may stay."""
    before, left = areas.pieces(holder), holder.copy()
    left[leaving] = -1
    after = areas.pieces(left)
    choices: list[list[IndexArray]] = []
    for piece in np.unique(before[leaving[holder[leaving] >= 0]]):
        numbers = np.unique(after[(before == piece) & (left >= 0)])
        parts = [np.flatnonzero(after == number) for number in numbers]
        if len(parts) > 1:
            choices.append([np.concatenate([p for p in parts if p is not stays]) for stays in parts])
    for cut in islice(product(*choices), _MOST_PARTINGS):
        yield np.concatenate([np.zeros(0, np.int64), *cut])


@dataclass(frozen=True)
class Ways:
    """Shortest ways over the map from some areas: over as few others as can be, those without accounts first.

    length, back: of each area (areas,): how far it is, and the area before it on the way.
    """

    length: FloatArray
    back: Int32Array
    start: IndexArray

    @classmethod
    def out_of(cls, areas: Areas, start: IndexArray, follows: Int32Array) -> Ways:
        """All ways from the areas `start`; follows: area that each account follows, -1 for none."""
        lived_in = np.bincount(follows[follows >= 0], minlength=len(areas)) > 0
        one, other = np.concatenate([areas.edges, areas.edges[:, ::-1]]).T
        price = np.where(lived_in, 1.0, _NO_ACCOUNTS)[other]  # of entering an area
        graph = coo_array((price, (one, other)), shape=(len(areas),) * 2).tocsr()
        length, back, _ = dijkstra(graph, indices=start, min_only=True, return_predecessors=True)
        return cls(length, back, start)

    def to(self, goal: IndexArray) -> IndexArray | None:
        """The areas between, in order; None where there is no way."""
        if len(goal) == 0 or not np.isfinite(self.length[goal].min()):
            return None
        way: list[int] = []
        at = int(self.back[goal[self.length[goal].argmin()]])
        while at >= 0 and at not in self.start:
            way.append(at)
            at = int(self.back[at])
        return np.array(way[::-1], np.int64)


@dataclass(frozen=True)
class _Parting:
    """One way to let areas go: what is cut off with them, all that goes, and the ways on from there."""

    leaving: IndexArray
    cut: IndexArray
    going: IndexArray
    ways: Ways


#: Which of two ways is easier to ask for: an open one, one the rules allow, then by what goes along.
_Asked = tuple[bool, int, int, str]


@dataclass(frozen=True)
class _Change:
    """A plan on the map, of which some areas may change hands."""

    problem: Problem
    policy: Policy
    areas: Areas
    follows: Int32Array
    holder: Int32Array
    home: Int32Array  # area that must be each rep's, -1 for none

    def parting(self, cut: IndexArray, leaving: IndexArray) -> _Parting:
        going = np.concatenate([leaving, cut])
        return _Parting(leaving, cut, going, Ways.out_of(self.areas, going, self.follows))

    def asked(self, parting: _Parting, rep: int) -> _Asked:
        """What a rep must take along, and in words what keeps the areas from going to him without it."""
        names, along = self.problem.reps.names, parting.cut
        said = list(self._homes(parting.leaving, rep))
        closed = bool(said)
        if len(along):
            giver = names[self.holder[parting.going[0]]]
            shut = self._closed(along, rep)
            said.append(self._along(along, rep, f"{giver}'s territory falls apart", shut))
            closed = closed or shut
        own = np.flatnonzero(self.holder == rep)
        if not joins(self.areas, own, parting.going):
            between = parting.ways.to(own)
            if between is None or len(between) == 0:
                closed = True
                torn = len(own) == 0 or between is not None
                why = "would not hang together" if torn else "cannot be reached over neighbours"
                said.append(f"{names[rep]}'s territory {why}")
            else:
                shut = self._closed(between, rep)
                said.append(self._along(between, rep, f"it does not reach {names[rep]}'s territory", shut))
                along, closed = np.concatenate([along, between]), closed or shut
        accounts = int(np.isin(self.follows, along).sum())
        return closed, accounts, len(along), "; ".join(said)

    def _homes(self, leaving: IndexArray, rep: int) -> Iterator[str]:
        """That others live in what is to go."""
        for area in np.intersect1d(leaving, self.home):
            residents = np.flatnonzero(self.home == area)
            if rep not in residents:
                name = self.problem.reps.names[residents[0]]
                yield f"cannot go: {name} lives in area {self.areas.ids[area]}"

    def _closed(self, area: IndexArray, rep: int) -> bool:
        """Whether the rules keep a rep from some of the accounts in some areas."""
        inside = np.flatnonzero(np.isin(self.follows, area))
        lived_in = np.intersect1d(area, self.home)
        if len(np.setdiff1d(lived_in, self.home[rep])):
            return True
        return not may_serve_all(self.problem, self.policy, inside, rep)

    def _along(self, area: IndexArray, rep: int, otherwise: str, closed: bool) -> str:
        what = listed(self.problem, area)
        if closed:
            name = self.problem.reps.names[rep]
            return f"cannot go: {otherwise} without {what}, which {name} may not have"
        return f"only if {what} {'goes' if len(area) == 1 else 'go'} too, or {otherwise}"


def joins(areas: Areas, own: IndexArray, going: IndexArray) -> bool:
    """Whether some areas can join a territory and leave it in no more pieces than it is in."""
    moved = np.full(len(areas), -1, np.int32)
    moved[own] = 0
    before = len(np.unique(areas.pieces(moved)[own]))
    moved[going] = 0
    return len(np.unique(areas.pieces(moved)[moved == 0])) <= max(before, 1)
