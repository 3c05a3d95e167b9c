"""Whether the wishes can be met at all: nothing is improved, and nothing is said that is not proved."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, ThreadPoolExecutor

from territory_opt.question import Question
from territory_opt.solve.pipeline import begin, search
from territory_opt.solve.prices import RELAXED_PAIRS
from territory_opt.solve.relaxation import WIDER_FOR_BOUNDS, branch_and_cut
from territory_opt.solve.run import Run
from territory_opt.solve.stop import MaxRuntime, seconds_left

_NODES = 500


def possible(
    question: Question, runtime_s: float = 20.0, seed: int = 1, executor: Executor | None = None
) -> bool | None:
    """Whether some plan serves every account and keeps every rule and band; None where that is not settled.

    True comes with a plan that was found, False with a proof. The curves of the question count as they are,
    so that questions which differ in rules alone can be asked under the same targets.
    """
    if len(question.uncovered) or question.split:
        return False
    began_s, limit = time.perf_counter(), MaxRuntime(runtime_s)
    workers = executor or ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        run = begin(question, limit, None, began_s)
        run.on_step = lambda _: not (run.feasible or run.impossible)
        on_the_map = any(question.policy.shape_rules())  # then a plan must also be in one piece
        _cut(run, seconds_left(limit, time.perf_counter() - began_s), only_proof=on_the_map)
        if not run.impossible and (on_the_map or not run.feasible):
            search(question, run, seed, workers)
    finally:
        if executor is None:
            workers.shutdown(cancel_futures=True)
    return True if run.feasible else False if run.impossible else None


def _cut(run: Run, runtime_s: float, *, only_proof: bool) -> None:
    """Some nodes of branch and cut with hard bands: often a plan or a proof, in a second."""
    model = run.model
    if (run.feasible and not only_proof) or model.n_pairs > RELAXED_PAIRS or run.least_missing < float("inf"):
        return
    whole = branch_and_cut(
        model.tightened(-WIDER_FOR_BOUNDS), hard=True, max_nodes=_NODES, runtime_s=runtime_s
    )
    if whole.choice is None:
        run.impossible = whole.proved
    elif not only_proof:
        run.offer(whole.choice)
