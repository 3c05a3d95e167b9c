"""From a plan to a better one: batches of neighbourhoods, and the exact solve of what is small enough."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from territory_opt.parallel import Serial
from territory_opt.problem import BoolArray
from territory_opt.solve.exact import Exact, solve_exact
from territory_opt.solve.relaxation import WIDER_FOR_BOUNDS, Whole, branch_and_cut
from territory_opt.solve.repair import EFFORT_OF_PART, Answer, Cutter, Neighbourhood, Neighbours, solve_part
from territory_opt.solve.run import Run
from territory_opt.travel.place import IndexArray

_SOFT_EXACT_PAIRS = 2000  # broken bands make the relaxation weak
_CUT_NODES = 20_000
_ROUNDING = 1e-4  # by how much whole numbers may tell a plan's value wrong, as a share, in a soft solve
_PARTS_AT_LEAST = 4
_DEEP_UNITS = 1500  # of a part for CP-SAT at first; on 3,000 it found nothing at 1,000,000 × 2,000
_LEAST_CHANCE = 0.25
_BREACH_WIDER = 4.0  # a broken band may need pairs of more regret than a plan that keeps it
_LOOK_BACK, _SLOW = 8, 0.002  # batches, and the share of the gap that each should close


def prove_exactly(run: Run, seed: int, most_pairs: int, effort: float) -> None:
    """Give the whole problem to CP-SAT, without the pairs that no better plan can use, if few are left."""
    keep = _could_improve(run)
    if keep is None or keep.sum() > most_pairs:
        return
    model, pair = run.model.keep(keep), np.flatnonzero(keep)
    hint = np.searchsorted(pair, run.choice)
    for hard in (True, False):
        if not hard and (run.feasible or keep.sum() > _SOFT_EXACT_PAIRS):
            break
        exact = solve_exact(model, hard=hard, hint=hint, effort=effort, seed=seed, runtime_s=run.seconds_left)
        _learn(run, pair, exact, hard)
        if not run.step("exact"):
            return
        if not (hard and run.impossible):
            break


def improve_and_cut(
    run: Run, seed: int, executor: Executor, effort: float, patience: int, spare_pairs: int
) -> None:
    """Neighbourhoods on some workers while another bounds the whole problem by branch and cut.

    spare_pairs: so many pairs beyond one a unit are looked at, those of least regret.
    """
    if not run.feasible:
        improve(run, seed, executor, effort, patience)
        return
    room = min(run.room, _regret_of_rank(run, run.model.n_units + spare_pairs), run.least_missing)
    keep = run.regret <= room
    keep[run.choice] = True
    pair = np.flatnonzero(keep)
    floor = run.priced_bound + room  # a plan with a pair left out costs as much
    model = run.model.keep(keep).tightened(-WIDER_FOR_BOUNDS)
    cut = partial(branch_and_cut, model, hard=True, max_nodes=_CUT_NODES)
    if isinstance(executor, Serial):  # nobody else is there: the bound gets the time that is left over
        improve(run, seed, executor, effort, patience)
        whole = cut(runtime_s=run.seconds_left)
    else:
        cutting = executor.submit(cut, runtime_s=run.seconds_left)
        improve(run, seed, executor, effort, patience)
        whole = cutting.result()
    if whole.choice is not None:
        run.offer(pair[whole.choice])
    run.prove(min(whole.bound, floor), in_bands=True)
    run.step("proof")


def _regret_of_rank(run: Run, rank: int) -> float:
    """The regret that so many pairs stay under."""
    regret = run.regret
    return float(np.partition(regret, rank)[rank]) if rank < len(regret) else np.inf


def _learn(run: Run, pair: IndexArray, answer: Exact | Whole, hard: bool) -> None:
    """Take plan and bound of a solve over some pairs; a plan with another pair costs no less than ours."""
    if answer.choice is not None:
        run.offer(pair[answer.choice])
    if hard and answer.proved and answer.choice is None:
        # Pairs are only dropped against a plan that keeps all bands, so this holds for all of them.
        run.impossible = not run.feasible
        return
    run.prove(min(answer.bound, run.value), in_bands=hard)
    # What is proved is the solver's own problem in whole numbers, so the bound stays its own, a little under
    # the plan's value; but there is nothing left to search for.
    near = run.value - answer.bound <= _ROUNDING * max(abs(run.value), 1.0)
    run.settled = run.settled or (answer.proved and hard is run.feasible and near)


def _could_improve(run: Run) -> BoolArray | None:
    """Pairs that a better plan may use: bound + regret of the pair must stay below the best value.

    None if pairs outside the columns might be among them.
    """
    room = run.room if run.feasible else np.inf
    if run.least_missing < room:
        return None
    keep: BoolArray = run.regret <= room
    keep[run.choice] = True
    return keep


@dataclass
class _Look:
    """One way of searching parts: how many reps they have at most, and up to what regret pairs count.

    spare_pairs: that branch and cut looks at, 0 for CP-SAT; merit: gain per effort of late, as a share of
    the plan's value.
    """

    reps: int
    most_reps: int
    width: float
    spare_pairs: int
    n_parts: int
    merit: float = np.inf

    def learn(self, gain: float, answers: list[Answer]) -> None:
        """While parts are solved quickly they grow; parts that are too hard shrink."""
        hard = float(np.mean([answer.effort for answer in answers]))
        if hard < 0.1 * EFFORT_OF_PART:
            self.reps = min(self.reps + 1 + self.reps // 8, self.most_reps)
        elif hard > 0.5 * EFFORT_OF_PART:
            self.reps = max(self.reps - 1 - self.reps // 8, 3)
        rate = gain / max(len(answers) * hard, 1e-9)
        self.merit = rate if np.isinf(self.merit) else 0.5 * (self.merit + rate)


def _looks(n_reps: int, units_per_rep: int, regret_scale: float) -> list[_Look]:
    """CP-SAT on few reps; branch and cut on many near their relaxation, and thoroughly on some."""
    many = max(_PARTS_AT_LEAST, n_reps // 25)
    few = int(np.clip(_DEEP_UNITS // max(units_per_rep, 1), 3, 6))
    deep = _Look(few, 16, 3.0 * regret_scale, 0, many)
    wide = _Look(32, 40, 9.0 * regret_scale, 400, many)
    # It takes long, so it waits for its chance: at 100,000 × 500 one batch took 45 s and gained 0.02 %.
    thorough = _Look(24, 24, 9.0 * regret_scale, 4000, max(_PARTS_AT_LEAST, many // 5), merit=0.0)
    return [deep, wide, thorough] if n_reps > thorough.reps else [deep, wide]


def improve(run: Run, seed: int, executor: Executor, effort: float, patience: int) -> None:
    """Batches of disjoint neighbourhoods, solved side by side, until nothing gets better for a while or
    the effort is spent (CP-SAT's deterministic time).

    Small parts are searched deep by CP-SAT, large ones by branch and cut near their relaxation; what gains
    more per effort gets more turns. When nothing is gained they look at pairs of more regret.
    """
    neighbours = Neighbours(run, np.random.default_rng(seed))
    if neighbours.n_reps < 2:
        return
    looks = _looks(neighbours.n_reps, run.model.n_units // neighbours.n_reps, run.regret_scale)
    values, idle, spent = [run.value], 0, 0.0
    while spent < effort and idle < patience:
        look = _drawn(neighbours.rng, looks)
        groups = neighbours.batch(look.n_parts, look.reps)
        if not groups:
            return
        cutter, seeds = Cutter(run), neighbours.rng.integers(2**31 - 1, size=len(groups)).tolist()
        parts = [
            cutter.part(reps, look.width * (1.0 if kind else _BREACH_WIDER), look.spare_pairs, part_seed)
            for (kind, reps), part_seed in zip(groups, seeds, strict=True)
        ]
        answers = list(executor.map(solve_part, parts))
        before = run.value
        gained = _take(run, parts, answers)
        for (kind, _), gain in zip(groups, gained, strict=True):
            neighbours.reward(kind, gain)
        look.learn((before - run.value) / max(abs(before), 1e-9), answers)
        idle = 0 if any(gained) else idle + 1
        if idle and idle % 3 == 0:
            look.width = min(2.0 * look.width, max(run.room, run.regret_scale))
        spent += sum(answer.effort for answer in answers)
        values.append(run.value)
        if not run.step("repair") or _pays_no_more(run, values):
            return


def _drawn(rng: np.random.Generator, looks: list[_Look]) -> _Look:
    """A look by its merit, untried ones first; each keeps a chance."""
    for look in looks:
        if np.isinf(look.merit):
            return look
    merit = np.array([look.merit for look in looks])
    merit = np.maximum(merit, max(_LEAST_CHANCE * merit.max(), 1e-12))
    return looks[int(rng.choice(len(looks), p=merit / merit.sum()))]


def _pays_no_more(run: Run, values: list[float]) -> bool:
    """Whether the last batches closed so little of the gap that a better bound is worth more."""
    if not run.feasible or len(values) <= _LOOK_BACK:
        return False
    return values[-_LOOK_BACK - 1] - values[-1] < _SLOW * _LOOK_BACK * (run.value - run.bound)


def _take(run: Run, parts: list[Neighbourhood], answers: list[Answer]) -> list[bool]:
    """All answers of a batch at once where they agree; one by one where bins are shared and they do not."""
    unit = run.model.unit
    found = [answer.pair for answer in answers]
    different = [
        pair is not None and not np.array_equal(pair, part.pair[part.hint])
        for pair, part in zip(found, parts, strict=True)
    ]
    together = run.choice.copy()
    for pair, differs in zip(found, different, strict=True):
        if differs and pair is not None:
            together[unit[pair]] = pair
    if any(different) and run.offer(together):
        return different
    gained = []
    for pair, differs in zip(found, different, strict=True):
        choice = run.choice.copy()
        if differs and pair is not None:
            choice[unit[pair]] = pair
        gained.append(bool(differs) and run.offer(choice))
    return gained
