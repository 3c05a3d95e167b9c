"""The whole problem with territories in one piece, where it is small enough: best plans, bounds, or none.

The problem is solved without that rule, cuts are added against the pieces of the answer, and so on: each
answer bounds the plans that are in one piece, and one that is itself in one piece is the best of them.
"""

from __future__ import annotations

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.solve.exact import Exact, solve_exact
from territory_opt.solve.ground import Ground, pair_table
from territory_opt.solve.model import Cut
from territory_opt.solve.one_piece import merit_of_areas
from territory_opt.solve.relaxation import branch_and_cut
from territory_opt.solve.run import Run
from territory_opt.solve.separators import separators
from territory_opt.travel.place import IndexArray

_EXACT_PAIRS = 600  # that CP-SAT gets; of more, branch and cut bounds better
_SOFT_PAIRS = 2000  # broken bands make the relaxation weak
_EFFORT, _NODES = 8.0, 300  # of one answer
BANDS_ALONE = "The bands alone cannot be kept, in whatever pieces the territories are."
ONLY_IN_PIECES = "The bands could be kept, but not by territories that are each in one piece."
#: The same where the areas that reps live in must be theirs; nothing is proved of other plans then.
BANDS_AND_HOMES = "No plan in which reps have their home areas keeps the bands, in whatever pieces it is."
HOMES_IN_PIECES = (
    "The bands could be kept by reps who have their home areas, "
    "but not by territories that are each in one piece."
)


_REASONS = {False: (BANDS_ALONE, ONLY_IN_PIECES), True: (BANDS_AND_HOMES, HOMES_IN_PIECES)}


class Proof:
    """Keeps the cuts from answer to answer, over pairs of the run's model.

    homes: whether the areas that reps live in must be theirs.
    Bands are hard until it is proved that they cannot be kept; then what they are broken by is priced.
    """

    def __init__(self, run: Run, ground: Ground, homes: bool = False):
        self.run, self.ground, self.cuts, self.homes = run, ground, list[Cut](), homes
        self.table = pair_table(run.model.start, run.model.rep, run.model.bin.shape[1])
        self.answers, self.ended, self.hard = 0, False, True

    def go_on(self, answers: int, most_pairs: int, seed: int) -> None:
        """So many more answers, or fewer where the last one proves all there is to prove.

        most_pairs: that a better plan may use; where there are more, it waits for a better plan.
        """
        for _ in range(answers):
            keep = self._could_improve()
            if self.ended or self.run.stopped or keep is None or keep.sum() > most_pairs:
                return
            self._learn(self._answer(keep, seed))
            self.answers += 1
            self.run.step("proof")

    def _could_improve(self) -> BoolArray | None:
        """Pairs that a better plan may use; None where some of them are not held, or CP-SAT cannot cope."""
        run = self.run
        if not self.hard:
            return np.ones(run.model.n_pairs, bool) if run.model.n_pairs <= _SOFT_PAIRS else None
        room = run.room if run.feasible else np.inf
        keep: BoolArray = run.regret <= room
        keep[run.choice] = True
        return keep if run.least_missing >= room else None

    def _answer(self, keep: BoolArray, seed: int) -> Exact:
        """The best plan found that keeps the cuts, its pairs numbered as in the run's model."""
        model, pair = self.run.model.keep(keep), np.flatnonzero(keep)
        cuts, left = _among(self.cuts, keep), self.run.seconds_left
        if model.n_pairs <= _EXACT_PAIRS or not self.hard:
            hint = np.searchsorted(pair, self.run.choice)
            found = solve_exact(
                model, hard=self.hard, hint=hint, effort=_EFFORT, seed=seed, runtime_s=left, cuts=cuts
            )
        else:
            whole = branch_and_cut(model, hard=True, max_nodes=_NODES, runtime_s=left, cuts=cuts)
            found = Exact(whole.choice, whole.bound, whole.proved, float(whole.nodes))
        choice = None if found.choice is None else pair[found.choice]
        return Exact(choice, found.bound, found.proved, found.effort)

    def _learn(self, answer: Exact) -> None:
        run = self.run
        if answer.choice is None:
            self._learn_from_nothing(answer.proved)
            return
        # A plan with a pair that was left out costs no less than ours.
        bound = min(answer.bound, run.value) if run.feasible else answer.bound
        run.prove(bound, in_bands=self.hard)
        more = list(self._cuts_against(answer.choice))
        self.cuts += more
        if not more:
            run.offer(answer.choice)
            self.ended = answer.proved
            if answer.proved:
                run.prove(run.value, in_bands=self.hard)

    def _learn_from_nothing(self, proved: bool) -> None:
        """No plan was found that keeps the bands, with the cuts so far; proved: there is none."""
        run = self.run
        if proved and self.hard and not run.feasible:
            run.impossible = True
            alone, in_pieces = _REASONS[self.homes]
            run.why_impossible = in_pieces if self.answers else alone
            self.hard = False
            return
        if proved and run.feasible:  # no plan is better than the one that chose the pairs
            run.prove(run.value, in_bands=True)
        self.ended = True

    def _cuts_against(self, choice: IndexArray) -> list[Cut]:
        holder = self.ground.holder(self.run.model.rep[choice])
        return list(separators(self.ground, self.table, holder, merit_of_areas(self.run, self.ground)))


def _among(cuts: list[Cut], keep: BoolArray) -> list[Cut]:
    """The cuts over the pairs that are kept, numbered among them; those that always hold are left out."""
    number = np.cumsum(keep) - 1
    return [
        Cut(number[cut.plus], number[cut.minus[keep[cut.minus]]], cut.most)
        for cut in cuts
        if keep[cut.plus].all()
    ]


__all__ = ["BANDS_ALONE", "BANDS_AND_HOMES", "HOMES_IN_PIECES", "ONLY_IN_PIECES", "Proof"]
