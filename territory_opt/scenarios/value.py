"""A result for an alignment that comes from elsewhere: counted and judged, nothing searched."""

from __future__ import annotations

import platform
import time

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.check import check
from territory_opt.errors import PolicyError
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.question import ask
from territory_opt.result import Result, Status


def value(problem: Problem, policy: Policy, alignment: Alignment) -> Result:
    """What an alignment costs and which wishes it breaks, against today; without a bound (-inf).

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
        prices={},
        trace=(),
        seed=0,
        runtime_s=time.perf_counter() - began_s,
        interrupted=False,
        fingerprint=problem.fingerprint(),
        versions={"python": platform.python_version()},
    )
