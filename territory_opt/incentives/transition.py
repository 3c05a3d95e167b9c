"""What reps lose with the accounts that leave them, and what eases it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.arrays import Tabular
from territory_opt.incentives.rates import rates_of
from territory_opt.incentives.settings import IncentiveSettings, refuse, setting_issues
from territory_opt.policy.words import counted, listed
from territory_opt.problem import Int32Array, Problem, TextArray
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Transition(Tabular):
    """One row an account that leaves a rep who stays and is there, (accounts lost,); money per year.

    rate: commission of the former owner. at_risk: rate × revenue, a year of it. credit: what the proposal
    leaves him of it. extra: what that costs the company beyond what the sales pay anyhow.
    """

    account_ids: TextArray
    names: TextArray
    owner: Int32Array
    from_rep: TextArray
    to_rep: TextArray
    revenue: FloatArray
    rate: FloatArray
    credit_share: float
    extra: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def at_risk(self) -> FloatArray:
        """Commission a year that leaves with the account."""
        return self.rate * self.revenue

    @property
    def credit(self) -> FloatArray:
        """What the former owner keeps of it during the transition."""
        return self.at_risk * self.credit_share

    def by_rep(self, values: ArrayLike, n_reps: int) -> FloatArray:
        """Sum of a value of each account by its former owner, (reps,)."""
        return np.bincount(self.owner, np.asarray(values, np.float64), n_reps).astype(np.float64)

    def columns(self) -> dict[str, Any]:
        return {
            "account_id": self.account_ids,
            "name": self.names,
            "from_rep": self.from_rep,
            "to_rep": self.to_rep,
            "revenue": self.revenue.round(2),
            "commission_rate": self.rate.round(6),
            "commission at risk": self.at_risk.round(2),
            "transition credit": self.credit.round(2),
            "extra cost": self.extra.round(2) + 0.0,
        }


def transition(
    problem: Problem,
    alignment: Alignment,
    settings: IncentiveSettings | None = None,
    *,
    rate: ArrayLike | None = None,
) -> Transition:
    """Commission at risk by account, and a proposal for the transition.

    At risk is rate × revenue, as if nothing of it came back; the former owner keeps 100, 50, 0 % of it in the
    first periods, or as the settings say. As a split, the new owner has the rest, and only a difference of
    rates costs the company anything; as a bonus all of it is extra. Who leaves the company loses no
    commission here, nor does a vacant seat. A rep without a rate counts as 0, and the notes name him.
    Practice: Zoltners & Lorimer (2000), J. Personal Selling & Sales Management 20(3).

    Example: 100,000 of revenue at 2 % are 2,000 at risk; 100/50/0 % of quarters leave 2,000 · 0.375 = 750.

    Args: rate: commission per unit of revenue, (reps,), where no column `commission_rate` says it.
    Raises PolicyError that lists every fault.
    """
    settings = settings or IncentiveSettings()
    rates, issues = rates_of(problem, settings, rate)
    refuse([*setting_issues(settings), *issues])
    unknown, rates = np.isnan(rates), np.nan_to_num(rates, nan=0.0)
    accounts, reps = problem.accounts, problem.reps
    lost = np.flatnonzero(alignment.moved(problem) & np.append(reps.there, False)[accounts.owner])
    old, new = accounts.owner[lost], alignment.rep[lost]
    revenue, ids = accounts.measures["revenue"][lost], np.append(reps.ids, "")
    saved = np.append(rates, 0.0)[new] if settings.transition_as == "split" else 0.0
    extra = (rates[old] - saved) * revenue * settings.kept_years
    table = Transition(
        accounts.ids[lost],
        accounts.names[lost],
        old,
        ids[old],
        ids[new],
        revenue,
        rates[old],
        settings.kept_years,
        extra,
    )
    concerned = np.union1d(old, new[new >= 0])
    notes = (*_notes(table, settings), *_without_rate(reps.ids[concerned[unknown[concerned]]]))
    return Transition(**{**vars(table), "notes": notes})


def _notes(table: Transition, settings: IncentiveSettings) -> tuple[str, ...]:
    shares = "/".join(f"{100 * share:.0f}" for share in settings.transition) or "0"
    lost, n = counted(len(table.owner), "account leaves", "accounts leave"), settings.period_months
    return (
        f"{lost} a rep who stays: {table.at_risk.sum():,.2f} of commission a year are at risk.",
        f"With {shares} % in periods of {counted(n, 'month')} the former owners keep "
        f"{table.credit.sum():,.2f}; the company pays {table.extra.sum() + 0.0:,.2f} more for it.",
    )


def _without_rate(ids: TextArray) -> tuple[str, ...]:
    """A note where accounts leave or reach reps of whom no rate is known."""
    if not len(ids):
        return ()
    return (f"No rate of commission is known of {listed(ids)}: what they lose or get is counted as 0.",)
