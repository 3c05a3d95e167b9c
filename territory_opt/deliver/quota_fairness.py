"""The chapter on how fair the quotas are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.deliver.plan import Plan
from territory_opt.errors import DataError, PolicyError
from territory_opt.io.report import Chapter, Columns
from territory_opt.quota import QuotaFairness, quota_fairness
from territory_opt.quota.judgement import summary_of

SHEET, FILE = "Quota fairness", "quota_fairness.csv"
#: Draws, and fewer where accounts × draws would take more than about a second on two cores.
_DRAWS, _FEWEST_DRAWS, _WORK = 10_000, 1_000, 200_000_000


def quota_fairness_chapters(plan: Plan) -> Iterator[Chapter]:
    """What each rep may expect of the quotas, the tests that they fail, and a picture.

    A note says how many years were drawn, and how far off a chance may be for that.
    """
    try:
        facts = plan.quota_facts.problem  # what an account may sell is judged by what it was asked by
        draws = draws_for(len(facts.accounts))
        found = quota_fairness(facts, plan.result.alignment, plan.quotas, draws=draws)
    except (DataError, PolicyError) as error:
        nothing = {"rep_id": np.zeros(0, dtype=object), "chance of quota": np.zeros(0)}
        yield Chapter(SHEET, FILE, nothing, (f"Quotas cannot be judged: {error}.",))
        return
    yield Chapter(SHEET, FILE, quota_fairness_columns(plan, found), _notes(found), (picture(found),))


def draws_for(n_accounts: int) -> int:
    """10,000 years, down to 1,000 where there are very many accounts."""
    return max(_FEWEST_DRAWS, min(_DRAWS, _WORK // max(n_accounts, 1)))


def quota_fairness_columns(plan: Plan, found: QuotaFairness) -> Columns:
    """One row a rep, with the name beside the id."""
    columns = found.columns()
    return {"rep_id": columns.pop("rep_id"), "name": plan.problem.reps.names, **columns}


def picture(found: QuotaFairness) -> bytes:
    """PNG: attainment against size with its slope, and the chances of all reps."""
    from territory_opt.plots.quota_fairness import draw_quota_fairness

    slope, verdict = found.slopes["size"], found.verdicts[0]
    line = None if verdict.fair is None else (slope.value, slope.low, slope.high)
    return draw_quota_fairness(found.size, found.attainment, found.chance, found.rep_ids, line)


def _notes(found: QuotaFairness) -> tuple[str, ...]:
    failed = tuple(f"{verdict.test}: {verdict.sentence}" for verdict in found.failed)
    return (summary_of(found.verdicts), *failed, *found.notes)
