"""A result for an alignment that comes from elsewhere: counted and judged, nothing searched."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from pathlib import Path

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.check import check
from territory_opt.errors import PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.question import ask
from territory_opt.result import Result, Status
from territory_opt.travel.place import FloatArray


def value(
    problem: Problem,
    policy: Policy,
    alignment: Alignment,
    prices: Mapping[str, FloatArray] | None = None,
) -> Result:
    """What an alignment costs and which wishes it breaks, against today; without a bound (-inf).

    prices: shadow prices by label, as in `Result`, that a search found for the same facts and wishes.

    Raises PolicyError when the wishes make no sense for these facts; every fault is listed.
    """
    began_s = time.perf_counter()
    fatal = [issue for issue in check(problem, policy) if issue.fatal]
    if fatal:
        raise PolicyError(fatal)
    question = ask(problem, policy)
    count = audit(problem, policy, alignment, question)
    return Result(
        status=Status.CLASH if count.clashes else Status.FEASIBLE,
        alignment=alignment,
        audit=count,
        today=audit(problem, policy, Alignment.today(problem), question),
        bound=float("-inf"),
        prices=prices or {},
        trace=(),
        seed=0,
        runtime_s=time.perf_counter() - began_s,
        interrupted=False,
        fingerprint=problem.fingerprint(),
        versions={"python": platform.python_version()},
        searched=False,
    )


def value_file(problem: Problem, policy: Policy, path: str | Path, areas: str | Path | None = None) -> Result:
    """`value` of an alignment file, with the prices of the solve that wrote the folder it lies in.

    areas: who holds each area, as in `read_plan`. The prices are taken from the `result.json` beside the file
    where that tells of these facts and wishes; otherwise there are none. DataError lists every fault of the
    files, PolicyError those of the wishes.
    """
    from territory_opt.io.plan_files import read_plan
    from territory_opt.io.shadow_prices import prices_beside

    alignment, _ = read_plan(problem, policy, path, areas)
    return value(problem, policy, alignment, prices_beside(path, problem, policy))
