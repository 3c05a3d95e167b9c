"""Which changes of a plan may go to a live system now: those of a stage, without holdovers, within limits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.crm.change import Changes, changes_of
from territory_opt.crm.limits import over_limits
from territory_opt.crm.settings import PublishSettings
from territory_opt.crm.stage import Scope, within
from territory_opt.errors import PolicyError
from territory_opt.io.deals import read_deals
from territory_opt.io.shadow_prices import fingerprint as policy_fingerprint
from territory_opt.io.tables import find_table
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.scenarios.carry import rows_of
from territory_opt.scenarios.holdover import EXEMPT, Deal, HoldoverRules, holdovers, kept_until
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Release:
    """What may be published now.

    changes: of this stage. held: accounts of this stage that stay for now, by id, and their last day. over:
    limits that the stage exceeds together with what was published before, in a sentence each.
    """

    changes: Changes
    held: dict[str, date]
    over: tuple[str, ...]


def release(
    problem: Problem,
    alignment: Alignment,
    settings: PublishSettings,
    deals: Sequence[Deal],
    scopes: Sequence[Scope] = (),
    *,
    today: date,
    done: Collection[str] = (),
) -> Release:
    """The changes of a plan that a stage may make on a day, or on the effective date where that is later.

    deals: open ones. done: accounts that earlier stages have changed; they count for the limits. Raises
    DataError and PolicyError as `changes_of`, `within` and `holdovers` do.
    """
    changes = changes_of(problem, alignment)
    until = _held(problem, alignment, settings, deals, max(today, settings.first_day or today))
    stage = within(problem, changes, scopes)
    held = np.array([name in until for name in changes.account_id], bool)
    before = (
        np.isin(changes.account_id.astype(str), np.array(sorted(done), dtype=str)) if done else ~held & False
    )
    over = over_limits(
        problem, changes.take((stage & ~held) | before), settings.limits, pipeline_of(problem, deals)
    )
    names = changes.account_id[stage & held]
    return Release(changes.take(stage & ~held), {name: until[name] for name in names}, over)


def open_deals(folder: Path) -> list[Deal]:
    """Deals in `deals.csv` (or .xlsx, .parquet) of a data folder, none where there is no such table."""
    path = find_table(folder, "deals")
    return [] if path is None else [Deal(**record) for record in read_deals(path)]


def fingerprints(problem: Problem, policy: Policy, alignment: Alignment | None = None) -> dict[str, str]:
    """SHA-256 of the facts, the policy and, where it is given, the plan (account and rep by their ids)."""
    marks = {"facts": problem.fingerprint(), "policy": policy_fingerprint(policy)}
    if alignment is not None:
        reps = np.append(problem.reps.ids, "")[alignment.rep]
        pairs = zip(problem.accounts.ids, reps, strict=True)
        text = "\x1e".join(f"{account}\x1f{rep}" for account, rep in pairs)
        marks["plan"] = sha256(text.encode()).hexdigest()
    return marks


def refuse_before(settings: PublishSettings, today: date) -> None:
    """PolicyError where a plan has not begun yet."""
    first = settings.first_day
    if first is not None and today < first:
        raise PolicyError(
            f"the plan begins on {first.isoformat()}, today is {today.isoformat()}: "
            "nothing is pushed before that day, unless --now says so"
        )


def _held(
    problem: Problem, alignment: Alignment, settings: PublishSettings, deals: Sequence[Deal], day: date
) -> dict[str, date]:
    """Accounts that stay on a day, for an exempt deal."""
    if not settings.exempt or settings.first_day is None:
        return {}
    treatment = dict.fromkeys(settings.exempt, EXEMPT)
    rules = replace(HoldoverRules(treatment), days={EXEMPT: settings.holdover_days})
    found = holdovers(problem, alignment, deals, rules, settings.first_day)
    return {account: until for account, until in kept_until(found).items() if day <= until}


def pipeline_of(problem: Problem, deals: Sequence[Deal]) -> FloatArray | None:
    """Money in open deals of each account (accounts,); None where there are no deals."""
    if not deals:
        return None
    row = rows_of(problem.accounts.ids, [deal.account_id for deal in deals])
    amount = np.array([deal.amount for deal in deals])
    money: FloatArray = np.zeros(len(problem.accounts))
    np.add.at(money, row[row >= 0], amount[row >= 0])
    return money
