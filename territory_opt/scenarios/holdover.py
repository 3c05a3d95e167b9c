"""Open deals on accounts that change hands: who works on them, who is credited, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.problem import Problem
from territory_opt.scenarios.carry import rows_of
from territory_opt.travel.place import IndexArray

EXEMPT, ELIGIBLE, INELIGIBLE = _FALLING = ("exempt", "eligible", "ineligible")
_COMPARED = 10_000


@dataclass(frozen=True)
class Deal:
    """An open opportunity. stage: as the CRM calls it; closes: expected close date; amount: money."""

    deal_id: str
    account_id: str
    stage: str
    closes: date
    amount: float


@dataclass(frozen=True)
class HoldoverRules:
    """What becomes of a deal, by its stage and by when it should close.

    treatment: stage -> `exempt` (the old owner works on it and is credited in full), `eligible` (the new
    owner works on it, the old one is credited with `share`) or `ineligible` (it goes with the account at
    once); a stage that is not listed is ineligible. days: how long each holds after the effective date; a
    deal that should close later is treated as the next milder one. Zoltners, Sinha & Lorimer (2006).
    """

    treatment: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=lambda: {EXEMPT: 60, ELIGIBLE: 90})
    share: float = 0.5

    def faults(self) -> Iterator[str]:
        """Everything that is out of range."""
        for stage, kind in self.treatment.items():
            if kind not in _FALLING:
                yield f"stage {stage!r}: {kind!r} is not one of {', '.join(_FALLING)}"
        for kind, days in self.days.items():
            if kind not in (EXEMPT, ELIGIBLE):
                yield f"days: {kind!r} is not exempt or eligible"
            if days < 0:
                yield f"days: {days} for {kind} must be 0 or more"
        if not 0 <= self.share <= 1:
            yield f"share = {self.share:g} must be between 0 and 1"


@dataclass(frozen=True)
class Holdover:
    """One open deal of an account that moves.

    until: the last day of the treatment, None where it goes at once; then the new owner has all of it.
    """

    deal: Deal
    old_rep: str
    new_rep: str
    treatment: str
    works_on_it: str
    credit_of_old: float
    until: date | None
    why: str

    def row(self) -> dict[str, object]:
        """Plain values for a table."""
        return {
            "deal_id": self.deal.deal_id,
            "account_id": self.deal.account_id,
            "amount": self.deal.amount,
            "from_rep": self.old_rep,
            "to_rep": self.new_rep,
            "treatment": self.treatment,
            "works_on_it": self.works_on_it,
            "credit of old": self.credit_of_old,
            "credit of new": round(1.0 - self.credit_of_old, 12),
            "until": self.until.isoformat() if self.until else "",
            "why": self.why,
        }


def holdovers(
    problem: Problem,
    alignment: Alignment,
    deals: Sequence[Deal],
    rules: HoldoverRules,
    effective: date,
) -> tuple[Holdover, ...]:
    """Every open deal on an account that goes from one rep to another on the effective date.

    Deals of accounts that stay, or that had no owner, need no rule. A rep who leaves holds nothing over.

    Raises PolicyError listing every rule, DataError every deal, that cannot be used.
    """
    wrong = list(rules.faults())
    if wrong:
        raise PolicyError([Issue("holdover", None, "", "", fault, "Correct it") for fault in wrong])
    account = rows_of(problem.accounts.ids, [deal.account_id for deal in deals])
    issues = list(_faults(problem, deals, account))
    if issues:
        raise DataError(issues)
    found = []
    for deal, a in zip(deals, account.tolist(), strict=True):
        old, new = int(problem.accounts.owner[a]), int(alignment.rep[a])
        if old >= 0 and new >= 0 and old != new:
            found.append(_held(problem, deal, old, new, rules, effective))
    return tuple(found)


def kept_until(found: Sequence[Holdover]) -> dict[str, date]:
    """Until when each account with an exempt deal stays with its owner: the last day of its last deal."""
    until: dict[str, date] = {}
    for one in found:
        if one.treatment == EXEMPT and one.until is not None:
            account = one.deal.account_id
            until[account] = max(one.until, until.get(account, one.until))
    return until


def _faults(problem: Problem, deals: Sequence[Deal], account: IndexArray) -> Iterator[Issue]:
    seen: set[str] = set()
    for i, (deal, row) in enumerate(zip(deals, account.tolist(), strict=True)):
        if row < 0:
            near = did_you_mean(deal.account_id, map(str, problem.accounts.ids[:_COMPARED]))
            yield Issue("deals", i + 2, "account_id", deal.account_id, "is not in the data", near)
        if deal.deal_id in seen:
            yield Issue("deals", i + 2, "deal_id", deal.deal_id, "is there twice", "Keep one row")
        seen.add(deal.deal_id)


def _held(
    problem: Problem, deal: Deal, old: int, new: int, rules: HoldoverRules, effective: date
) -> Holdover:
    ids = problem.reps.ids
    kind, why = _treatment(deal, rules, effective)
    if problem.reps.leaving[old] and kind != INELIGIBLE:
        kind, why = INELIGIBLE, f"{problem.reps.names[old]} leaves"
    credit = {EXEMPT: 1.0, ELIGIBLE: rules.share, INELIGIBLE: 0.0}[kind]
    until = effective + timedelta(days=rules.days[kind]) if kind in rules.days else None
    works = ids[old] if kind == EXEMPT else ids[new]
    return Holdover(deal, str(ids[old]), str(ids[new]), kind, str(works), credit, until, why)


def _treatment(deal: Deal, rules: HoldoverRules, effective: date) -> tuple[str, str]:
    """What becomes of a deal, and why: its stage's treatment, or a milder one if it closes too late."""
    if deal.stage not in rules.treatment:
        return INELIGIBLE, f"stage {deal.stage} has no rule"
    wished = rules.treatment[deal.stage]
    why = f"stage {deal.stage} is {wished}"
    for kind in _FALLING[_FALLING.index(wished) :]:
        last = effective + timedelta(days=rules.days.get(kind, 0))
        if kind == INELIGIBLE or (kind in rules.days and deal.closes <= last):
            return kind, why
        why = f"stage {deal.stage} is {wished}, but it closes after {last.isoformat()}"
    raise AssertionError("the last treatment takes every deal")
