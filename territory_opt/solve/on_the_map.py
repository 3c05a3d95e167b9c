"""The search where territories must be in one piece, told as its stages."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from territory_opt.question import Question
from territory_opt.solve.ground import ground_of
from territory_opt.solve.model import least_pair
from territory_opt.solve.one_piece import connected_plans, improve_connected, reannealed_plans
from territory_opt.solve.one_piece_proof import Proof
from territory_opt.solve.run import Run
from territory_opt.solve.shifts import annealed_plans
from territory_opt.solve.start import Start

_TURNS, _TURN_EFFORT, _TURN_EFFORT_PER_REP = 4, 2.0, 0.1  # each with twice the effort of the one before
_ANSWERS = 3  # of the whole problem, before the first neighbourhoods, if it has so few pairs; else later
_FEW_PAIRS, _MANY_PAIRS = 2000, 10_000


def search_on_the_map(
    question: Question, run: Run, seed: int, executor: Executor, start: Start | None = None
) -> None:
    """Plans whose territories are in one piece, bounded by the problem without that rule."""
    plans = [least_pair(run.model, run.reduced)]
    if start is not None:
        plans.append(run.choice_of(start.rep_of_unit(question)))
    plans += annealed_plans(run.model, run.reduced, run.regret_scale, seed, executor)
    ground, columns = ground_of(question, run.columns)
    run.stand_on(ground, columns)
    free = run.model.start[len(plans[0]) : -1]
    for choice in connected_plans(run, ground, [np.append(p, free) for p in plans], seed, executor):
        run.offer(choice)
    if not run.step("shifts"):
        return
    proof = Proof(run, ground, question.policy.keeps_homes)
    proof.go_on(_ANSWERS, _FEW_PAIRS, seed)
    effort = _TURN_EFFORT + _TURN_EFFORT_PER_REP * len(question.problem.reps)
    for turn in range(_TURNS):
        if run.stopped:
            return
        for choice in reannealed_plans(run, ground, seed + turn + 1, executor):
            run.offer(choice)
        if not run.step("shake"):
            return
        improve_connected(run, ground, seed + turn, executor, effort, 4 * 2**turn)
        proof.go_on(_ANSWERS * 2 ** (turn + 1), _MANY_PAIRS, seed)
        effort *= 2
