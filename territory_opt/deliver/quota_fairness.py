"""The chapter on how fair the quotas are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.deliver.pay import draws_for, pay_of
from territory_opt.deliver.plan import Plan
from territory_opt.errors import DataError, PolicyError
from territory_opt.io.report import Chapter, Columns
from territory_opt.quota import QuotaFairness, Quotas, quota_fairness
from territory_opt.quota.judgement import summary_of

SHEET, FILE = "Quota fairness", "quota_fairness.csv"


def quota_fairness_chapters(plan: Plan) -> Iterator[Chapter]:
    """What each rep may expect of the quotas, the tests that they fail, and a picture.

    A note says how many years were drawn, and how far off a chance may be for that.
    """
    found, said = judgement(plan)
    yield fairness_chapter(plan, found, said, () if found is None else (picture(found),))


def judgement(plan: Plan) -> tuple[QuotaFairness | None, tuple[str, ...]]:
    """The plan's quotas judged over years drawn at random, and what is to be said of them.

    None where they cannot be judged; the sentence then says why.
    """
    try:
        found, how = judged(plan, draws_for(len(plan.problem.accounts)))
    except (DataError, PolicyError) as error:
        return None, (f"Quotas cannot be judged: {error}.",)
    return found, (*_notes(found), how)


def fairness_chapter(
    plan: Plan, found: QuotaFairness | None, said: tuple[str, ...], pictures: tuple[bytes, ...] = ()
) -> Chapter:
    """One row a rep; none where the quotas cannot be judged."""
    nothing = {"rep_id": np.zeros(0, dtype=object), "chance of quota": np.zeros(0)}
    columns = nothing if found is None else quota_fairness_columns(plan, found)
    return Chapter(SHEET, FILE, columns, said, pictures)


def judged(plan: Plan, draws: int, quotas: Quotas | None = None) -> tuple[QuotaFairness, str]:
    """The plan's quotas (or others on its books) judged by its settings, and by what they pay.

    Raises PolicyError or DataError where they cannot be judged. draws: 0 for the closed form.
    """
    pay = pay_of(plan)
    found = quota_fairness(
        plan.quota_facts.problem,  # what an account may sell is judged by what it was asked by
        plan.result.alignment,
        plan.quotas if quotas is None else quotas,
        draws=draws,
        payout=pay.payout,
        on_target=pay.on_target,
        **plan.quota_settings.of_outlook,
    )
    return found, pay.how


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
