"""Where pay meets quotas: the reps' pay plans as payout curves, and the years that both are counted over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from territory_opt.deliver.plan import Plan
from territory_opt.errors import DataError, PolicyError
from territory_opt.incentives import pay_curve
from territory_opt.incentives.payout import USUAL_VOLATILITY, pay_on_target, plans_of
from territory_opt.quota.attainment import attained_years
from territory_opt.quota.payout import Payout
from territory_opt.travel.place import FloatArray

#: Draws, and fewer where accounts × draws would take more than about a second on two cores.
_DRAWS, _FEWEST_DRAWS, _WORK = 10_000, 1_000, 200_000_000


class Pay(NamedTuple):
    """payout: by rep_id, or one curve for all. on_target: fixed and variable pay (reps,), None where only the
    reps' own columns may say it. how: in one sentence."""

    payout: Payout
    on_target: tuple[FloatArray, FloatArray] | None
    how: str


def pay_of(plan: Plan) -> Pay:
    """What the reps' plans pay; without plans, or where they are at fault, the payout of `[quota]`."""
    settings, problem = plan.incentives, plan.problem
    which, issues = plans_of(problem, settings)
    if issues:
        return Pay(plan.quota_settings.payout, None, "Pay is by the curve payout of [quota].")
    curves = [pay_curve(each) for each in settings.plans]
    payout = {str(rep): curves[number] for rep, number in zip(problem.reps.ids, which, strict=True)}
    try:
        on_target = pay_on_target(problem, settings, which)
    except PolicyError:  # a rep's own pay is below 0: the chapter on incentives says so
        return Pay(payout, None, "Pay is by the plans of [incentives].")
    return Pay(payout, on_target, "Pay is by the plans of [incentives].")


def draws_for(n_accounts: int) -> int:
    """10,000 years, down to 1,000 where there are very many accounts."""
    return max(_FEWEST_DRAWS, min(_DRAWS, _WORK // max(n_accounts, 1)))


def years_of(plan: Plan) -> tuple[Iterator[tuple[int, FloatArray]] | None, str]:
    """The years that chances of quota are counted over, for pay; None and why where it has its own draws."""
    settings = plan.incentives
    if settings.volatility is not None:
        return None, _drawn(settings.expected_attainment, settings.volatility)
    try:
        outlook, quotas = plan.outlook, plan.quotas
    except (DataError, PolicyError) as error:
        return None, f"{_drawn(1.0, USUAL_VOLATILITY)}, since books say nothing: {error}"
    draws = draws_for(len(plan.problem.accounts))
    return attained_years(
        quotas, outlook, draws
    ), f"over the {draws:,} years of the chances to make the quota"


def _drawn(mean: float, sd: float) -> str:
    return f"over draws of attainment around {100 * mean:g} % with a standard deviation of {100 * sd:g} %"
