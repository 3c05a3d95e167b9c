"""When an added rep has earned what he cost, and what he returns in three years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.headcount.response import RIGHT_SIZE, money_issues, sales_at, years_worth
from territory_opt.headcount.settings import HeadcountSettings, refuse, setting_issues
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Payback(Tabular):
    """What added reps bring and cost, by elasticity; every array (elasticities,) but the cash.

    first_year: sales that they add in a year at full productivity, before anything carries over. ratio:
    contribution of these ÷ cost, the break-even ratio: 1 pays in the first year. roi: of one year of their
    effort with what carries over, less its cost, ÷ its cost; not ramped. net: discounted contribution of
    keeping them for all `years`, with ramp and hiring cost, less what they cost. break_even_month: the month
    at whose end they have first earned that back, 0 for not within the years.
    cash: the discounted running total at the end of each month, (elasticities, months).
    """

    elasticity: FloatArray
    added: float
    first_year: FloatArray
    ratio: FloatArray
    roi: FloatArray
    net: FloatArray
    break_even_month: FloatArray
    cash: FloatArray
    notes: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        return {
            "elasticity": self.elasticity,
            "added reps": np.full(len(self.roi), self.added),
            "added sales a year": self.first_year.round(2),
            "break-even ratio": self.ratio.round(4),
            "return on a year": self.roi.round(4),
            "net of all years": self.net.round(2),
            # Blank and not 0, which reads as "at once".
            "break-even month": np.where(self.break_even_month > 0, self.break_even_month, np.nan),
        }


def added_rep(
    sales: float,
    size: float,
    settings: HeadcountSettings,
    *,
    added: float = 1.0,
    travel_per_rep: float = 0.0,
) -> Payback:
    """Break-even and return of adding reps (or one: the default), from the power response.

    They add I = S·((N + n)/N)^b − S a year. Of the sales won in a year the share K_j comes back in year j
    without effort. The return on one year of effort, as it is used in practice, is
    (m·I·(1 + K₂ + K₃) − C) / C; later years are discounted here. Where it lies between 50 and 150 %, the
    force is about the right size. Source: Zoltners, Sinha & Lorimer (2006), Harvard Business Review 84(7);
    carry-over: Sinha & Zoltners (2001), Interfaces 31(3).

    Example: S = 400, N = 4, b = ½, 5 more: I = 200. With m = 0.5, C = 10 each, K = 0.4 and no discount:
    ratio 100/50 = 2, return (0.5·200·1.4 − 50)/50 = 1.8.

    Cash month by month: in month t a rep on the job for t months works at ramp_t, and the contribution is
    Σ_j K_j · m·I/12 · ramp_(t − 12j); pay falls due every month, the hiring cost at the start.

    Args: as `best_headcount`; added: how many, in full-time seats.
    Raises PolicyError that lists every fault.
    """
    refuse([*setting_issues(settings), *money_issues(settings, sales, size, travel_per_rep)])
    if not (np.isfinite(added) and added > 0):
        raise ValueError(f"added = {added:g} must be more than 0")
    assert settings.margin is not None
    assert settings.cost_per_rep is not None
    b = np.array(settings.elasticities)
    won = sales_at(sales, size, size + added, b) - sales
    cost = (settings.cost_per_rep + travel_per_rep) * added
    earned = settings.margin * won
    roi = (earned * years_worth(settings) - cost) / cost
    cash = np.cumsum(_flows(earned, cost, settings), axis=1) - settings.hiring_cost * added
    return Payback(
        elasticity=b,
        added=added,
        first_year=won,
        ratio=earned / cost,
        roi=roi,
        net=cash[:, -1],
        break_even_month=_break_even(cash),
        cash=cash,
        notes=_notes(roi, settings),
    )


def _flows(earned: FloatArray, cost: float, settings: HeadcountSettings) -> FloatArray:
    """Discounted contribution less pay, by month: (elasticities, months)."""
    months = 12 * settings.years
    effort = np.ones(months)
    n = min(len(settings.ramp), months)
    effort[:n] = settings.ramp[:n]
    sold = np.zeros(months)
    for year, share in enumerate([1.0, *settings.carry_over][: settings.years]):
        sold[12 * year :] += share * effort[: months - 12 * year]
    discount = (1 + settings.discount_rate) ** (-(np.arange(months) + 1) / 12)
    return (earned[:, None] / 12 * sold - cost / 12) * discount


def _break_even(cash: FloatArray) -> FloatArray:
    """The first month (from 1) at whose end the running total is 0 or more and stays so; 0 for never."""
    under = cash < 0
    last_under = np.where(under.any(axis=1), under.shape[1] - under[:, ::-1].argmax(axis=1), 0)
    return np.where(last_under == under.shape[1], 0, last_under + 1).astype(np.float64)


def _notes(roi: FloatArray, settings: HeadcountSettings) -> tuple[str, ...]:
    low, high = (100 * share for share in RIGHT_SIZE)
    middle = 100 * float(roi[len(roi) // 2])
    size = "below: too large a force" if middle < low else "above: too small a force"
    where = "within" if low <= middle <= high else size
    said = (
        f"One year of an added rep returns {middle:,.0f} % at an elasticity of {settings.elasticity:g}; "
        f"companies of the right size see {low:.0f} to {high:.0f} %, this is {where}."
    )
    carried = "" if settings.carry_over else "No carry_over is given, so that later years bring nothing."
    return tuple(note for note in (said, carried) if note)
