"""What `[publish]` in territory.toml says: from when, how much at most, and what goes with an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from territory_opt.crm.client import CHILDREN
from territory_opt.crm.limits import Limits
from territory_opt.errors import did_you_mean

LONGEST_HOLDOVER_DAYS = 730


@dataclass(frozen=True)
class PublishSettings:
    """How a plan goes to a live system.

    effective_date: before that day nothing is pushed, YYYY-MM-DD. accounts, revenue, pipeline, per_rep: see
    Limits. children: what goes with an account where it belongs to the old owner: contacts, opportunities
    (open ones), cases (open ones). teams: whether account and opportunity teams outlive the change.

    exempt: stages of open deals that keep their account where it is: one that should close within
    `holdover_days` of the effective date holds it until the end of these days, or until it is closed.
    """

    effective_date: str | None = None
    accounts: float = 0.3
    revenue: float = 0.3
    pipeline: float = 0.3
    per_rep: float = 0.5
    children: tuple[str, ...] = CHILDREN
    teams: Literal["keep", "drop"] = "keep"
    exempt: tuple[str, ...] = ()
    holdover_days: int = 60

    @property
    def first_day(self) -> date | None:
        """When the plan begins."""
        return None if self.effective_date is None else date.fromisoformat(self.effective_date)

    @property
    def limits(self) -> Limits:
        """Caps on the blast radius."""
        return Limits(self.accounts, self.revenue, self.per_rep, self.pipeline)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        for name in ("accounts", "revenue", "pipeline", "per_rep"):
            if not 0 <= getattr(self, name) <= 1:
                yield name, "must be a share between 0 and 1"
        for kind in self.children:
            if kind not in CHILDREN:
                yield "children", f"has {kind!r}. {did_you_mean(kind, CHILDREN)}"
        if len(set(self.children)) < len(self.children):
            yield "children", "names a kind twice"
        if not 0 <= self.holdover_days <= LONGEST_HOLDOVER_DAYS:
            yield "holdover_days", f"must be between 0 and {LONGEST_HOLDOVER_DAYS}"
        if self.exempt and self.effective_date is None:
            yield "exempt", "needs an effective_date, from which the days are counted"
        if not _is_date(self.effective_date):
            yield "effective_date", "is no date; write it as 2027-02-01"


def _is_date(text: str | None) -> bool:
    try:
        return text is None or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
