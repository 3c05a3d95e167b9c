"""The chapter on quotas."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from territory_opt.deliver.plan import Plan
from territory_opt.errors import Issue, PolicyError
from territory_opt.io.report import INDEX_DIGITS, Chapter, Columns
from territory_opt.problem import Problem
from territory_opt.quota import Quotas, faults, top_down

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

_DEFAULTS = {"goal": None, "growth": 0.05, "potential_weight": 0.5, "over_assignment": 0.0}


def quota_chapters(plan: Plan) -> Iterator[Chapter]:
    """Quotas on the new books; when the books hold nothing to share by, none and a note that says so."""
    wrong = list(faults(**(_DEFAULTS | dict(plan.quota))))
    if wrong:
        raise PolicyError([Issue("", None, "", "", f"quota: {fault}", "") for fault in wrong])
    try:
        quotas = top_down(plan.problem, plan.result.alignment, **plan.quota)
    except PolicyError as error:
        log.warning("no quotas: %s", error)
        nothing = {"rep_id": np.zeros(0, dtype=object), "quota": np.zeros(0)}
        yield Chapter("Quotas", "quotas.csv", nothing, (f"No quotas: {error}.",))
        return
    yield Chapter("Quotas", "quotas.csv", quota_columns(plan.problem, quotas), (*quotas.notes, quotas.basis))


def quota_columns(problem: Problem, quotas: Quotas) -> Columns:
    """One row a rep: book, quota, and how it arose."""
    columns: dict[str, Any] = {"rep_id": quotas.rep_ids, "name": problem.reps.names}
    if "quota" in problem.reps.measures:
        columns["quota_today"] = problem.reps.measures["quota"]
    columns |= {"revenue": quotas.baseline.round(2), "potential": quotas.potential.round(2)}
    columns["quota"] = quotas.quota
    columns |= {"share": quotas.share, "index of quota": quotas.index.round(INDEX_DIGITS)}
    columns |= {line.name: line.money.round(6) + 0.0 for line in quotas.lines}  # + 0.0: no -0.0
    how = [quotas.account_of(r) for r in range(len(quotas.rep_ids))]
    return columns | {"how it arose": np.array(how, dtype=object)}
