"""The solve, told as its stages."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.check import check
from territory_opt.errors import InternalError, PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.question import Question, ask
from territory_opt.result import Result, Status, relative_gap
from territory_opt.solve.columns import columns, no_prices, price_columns, widened
from territory_opt.solve.improve import improve, improve_and_cut, prove_exactly
from territory_opt.solve.model import least_pair
from territory_opt.solve.on_the_map import search_on_the_map
from territory_opt.solve.proof import group_bound
from territory_opt.solve.run import Run
from territory_opt.solve.shifts import annealed_plans, shaken_plans
from territory_opt.solve.start import Start
from territory_opt.solve.stop import MaxRuntime, OnStep, Stop, seconds_left
from territory_opt.travel.place import FloatArray

_PAIRS_PER_UNIT = 16
_EXACT_AT_FIRST, _EXACT_AT_LAST = 3000, 12_000  # pairs up to which CP-SAT gets the whole problem
_FIRST_EFFORT, _LAST_EFFORT = 4.0, 12.0  # and its deterministic time for it
#: Up to so many reps, or pairs that a better plan may use, the whole problem is one group, cut with so many
#: pairs at first.
_REPS_AS_A_WHOLE, _PAIRS_AS_A_WHOLE, _SPARE_PAIRS = 24, 10_000, 800
_REPS_PER_GROUP, _NODES_PER_GROUP = 8, 200  # of a proof; nodes of branch and cut
#: Turns of neighbourhoods and proofs, each with twice the effort of the one before.
_TURNS, _TURN_EFFORT, _TURN_EFFORT_PER_REP = 4, 2.0, 0.2
#: At most, while they gain. Of the sample company a plan within all bands was known after 7 s, with one shake
#: after 14 s, with none before the neighbourhoods not in 20 s.
_SHAKES_OF_BROKEN = 6
PROVED_GAP = 1e-6  # CP-SAT works on integers; below this a gap is rounding


def solve(
    problem: Problem,
    policy: Policy,
    *,
    stop: Stop | None = None,
    seed: int = 1,
    on_step: OnStep | None = None,
    executor: Executor | None = None,
    start: Start | None = None,
) -> Result:
    """Find an alignment and prove how good it is.

    Args:
        problem: the facts. policy: the wishes.
        stop: when to stop at the latest, 60 s of wall time by default; the search also ends by itself.
        seed: same seed, same plan, unless the clock cuts the run short.
        on_step: called with each `Step`; returning False stops the run.
        executor: where neighbourhoods are solved side by side; any number of workers gives the same plan.
        start: a plan and prices of nearly the same problem, to begin from.

    Ctrl-C ends the search and returns the best plan so far, with `interrupted` set.

    Raises:
        PolicyError: the wishes make no sense for these facts; every fault is listed.
    """
    began_s = time.perf_counter()
    fatal = [issue for issue in check(problem, policy) if issue.fatal]
    if fatal:
        raise PolicyError(fatal)
    order = _canonical(problem)
    question = ask(problem.take(*order), policy)
    limit = stop or MaxRuntime(60.0)
    workers = executor or ThreadPoolExecutor(os.cpu_count() or 1)
    interrupted = False
    run: Run | None = None
    try:
        known = start.in_order(order) if start is not None else None
        run = begin(question, limit, on_step, began_s, known)
        search(question, run, seed, workers, known)
    except KeyboardInterrupt:
        interrupted = True
        run = run or Run(columns(question, no_prices(question), 1), limit, on_step, began_s)
    finally:
        if executor is None:
            workers.shutdown(cancel_futures=True)
    return _result(problem, policy, question, run, order, seed, interrupted, began_s)


def begin(
    question: Question, stop: Stop, on_step: OnStep | None, began_s: float, start: Start | None = None
) -> Run:
    """A run with columns and prices; began_s: as `time.perf_counter()`."""
    known = start.bin_prices(question) if start is not None else None
    left_s = seconds_left(stop, time.perf_counter() - began_s)
    priced = price_columns(question, _PAIRS_PER_UNIT, left_s, known)
    run = Run(priced.columns, stop, on_step, began_s)
    run.price(priced.prices.value, priced.bound)
    return run


def search(question: Question, run: Run, seed: int, executor: Executor, start: Start | None = None) -> None:
    """Improve plan and bound of a run until it is told to stop, or nothing is left to do."""
    if run.model.n_units == 0:
        _nothing_to_decide(run)
    elif any(question.policy.shape_rules()):
        search_on_the_map(question, run, seed, executor, start)
    else:
        _search_pairs(question, run, seed, executor, start)


def _search_pairs(question: Question, run: Run, seed: int, executor: Executor, start: Start | None) -> None:
    """A first plan, then proofs and improvements in turns, each wider than the last."""
    run.offer(least_pair(run.model, run.reduced))
    if start is not None:
        run.start_from(start.rep_of_unit(question))
    if not run.step("prices"):
        return
    if start is None or not run.feasible:
        for choice in annealed_plans(run.model, run.reduced, run.regret_scale, seed, executor):
            run.offer(choice)
        if not run.step("shifts"):
            return
    if start is not None and run.feasible and not _shaken(run, seed, executor):
        return
    prove_exactly(run, seed, _EXACT_AT_FIRST, _FIRST_EFFORT)
    n_reps, reps_per_group, exact_share = len(question.problem.reps), _REPS_PER_GROUP, 1.0
    effort = _TURN_EFFORT + _TURN_EFFORT_PER_REP * n_reps
    for turn in range(_TURNS):
        if (turn or not run.feasible) and not _shaken(run, seed + turn, executor):
            return
        patience = 12 * 2**turn
        if n_reps <= _REPS_AS_A_WHOLE or (turn and run.rivals <= _PAIRS_AS_A_WHOLE):
            improve_and_cut(run, seed + turn, executor, effort, patience, _SPARE_PAIRS * 10**turn)
        else:
            improve(run, seed + turn, executor, effort, patience)
            # At 1,000,000 × 2,000 a pass took 1,220 s, more than mending the plan would have.
            if (turn or run.feasible) and not run.stopped and exact_share >= 0.5:
                bound, exact_share = group_bound(question, run, reps_per_group, _NODES_PER_GROUP, executor)
                run.prove(bound, in_bands=run.feasible)
                run.step("proof")
        if run.stopped:
            return
        reps_per_group, effort = reps_per_group + _REPS_PER_GROUP // 2, 2 * effort
    if _widen(question, run):
        improve(run, seed + _TURNS, executor, effort, patience)
    if not run.stopped:
        prove_exactly(run, seed, _EXACT_AT_LAST, _LAST_EFFORT)


def _shaken(run: Run, seed: int, executor: Executor) -> bool:
    """Offer shaken plans, where neighbourhoods have stalled or bands are broken; whether to go on."""
    for again in range(_SHAKES_OF_BROKEN):
        before = run.value
        for choice in shaken_plans(
            run.model, run.reduced, run.regret_scale, seed + again * _TURNS, run.choice, executor
        ):
            run.offer(choice)
        if run.feasible or run.value == before:
            break
    return run.step("shake")


def _widen(question: Question, run: Run) -> bool:
    """Take in every pair that a better plan may use, where some are left out and they can all be held."""
    if not run.feasible or run.least_missing >= run.room:
        return False
    wider = widened(question, run.prices, run.room, run.columns)
    if wider is not None:
        run.widen(wider)
    return wider is not None


def _nothing_to_decide(run: Run) -> None:
    """No rep may serve any account: the empty plan is the only one."""
    run.prove(run.value)
    run.impossible = not run.feasible
    run.step("nothing to decide")


def _canonical(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of their ids, so that the order of the input changes nothing."""
    return np.argsort(problem.accounts.ids, kind="stable"), np.argsort(problem.reps.ids, kind="stable")


def _result(
    problem: Problem,
    policy: Policy,
    question: Question,
    run: Run,
    order: tuple[np.ndarray, np.ndarray],
    seed: int,
    interrupted: bool,
    began_s: float,
) -> Result:
    account_order, rep_order = order
    rep = np.full(len(problem.accounts), -1, np.int32)
    served = np.append(run.model.rep[run.choice], -1)[question.unit_of_account]
    covered = question.unit_of_account >= 0
    rep[account_order[covered]] = rep_order[served[covered]]
    alignment = Alignment(rep, _rep_of_area(run, rep_order))
    same_order = all(np.array_equal(rows, np.arange(len(rows))) for rows in order)
    targets = question if same_order else ask(problem, policy)
    recount = audit(problem, policy, alignment, targets)
    _agree(recount, run)
    return Result(
        status=_status(recount, run, question),
        alignment=alignment,
        audit=recount,
        today=audit(problem, policy, Alignment.today(problem), targets),
        bound=min(run.bound, recount.objective),
        prices=_prices_by_term(question, problem, run.prices, rep_order),
        trace=tuple(run.trace),
        seed=seed,
        runtime_s=time.perf_counter() - began_s,
        interrupted=interrupted,
        fingerprint=problem.fingerprint(),
        versions=_versions(),
        why_impossible=run.why_impossible,
    )


def _rep_of_area(run: Run, rep_order: np.ndarray) -> np.ndarray | None:
    """Who holds each area, reps as in the input, where the plan says so."""
    if run.ground is None:
        return None
    return np.append(rep_order, -1)[run.ground.holder(run.model.rep[run.choice])]


def _agree(recount: Audit, run: Run) -> None:
    """Promise 2: the search and the recount must tell the same value."""
    slack = 1e-6 * max(abs(run.value), abs(recount.cost), 1.0)
    tolerated = float((run.model.price * run.model.breach(run.model.loads(run.choice))).sum())
    if abs(recount.objective - run.value) > slack and abs(recount.cost - run.value + tolerated) > slack:
        raise InternalError(
            f"the search values its plan at {run.value!r}, the recount at {recount.objective!r}"
        )


def _status(recount: Audit, run: Run, question: Question) -> Status:
    if recount.clashes:
        # A group or an account that no rep may serve is a proof by itself.
        hopeless = run.impossible or question.split or len(question.uncovered)
        return Status.IMPOSSIBLE if hopeless else Status.CLASH
    near = recount.objective - run.bound <= 1e-6  # a millionth of a unit of money a year
    closed = near or relative_gap(recount.objective, run.bound) <= PROVED_GAP
    return Status.OPTIMAL if closed else Status.FEASIBLE


def _prices_by_term(
    question: Question, problem: Problem, value: FloatArray, rep_order: np.ndarray
) -> dict[str, FloatArray]:
    """Prices by the label of their term, bins back in the order of the input."""
    prices: dict[str, FloatArray] = {}
    first = 0
    for term, curve in zip(question.terms, question.curves, strict=True):
        part = value[first : first + len(curve.low)]
        first += len(curve.low)
        if term.bins(problem)[1] == tuple(problem.reps.ids):
            back = np.empty_like(part)
            back[rep_order] = part
            part = back
        prices[term.label()] = part
    return prices


def _versions() -> dict[str, str]:
    names = ("numpy", "scipy", "numba", "ortools")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}
