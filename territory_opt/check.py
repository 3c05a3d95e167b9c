"""Every fault of facts and wishes together, collected before any search."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.errors import Issue
from territory_opt.policy import Balance, Capacity, Policy
from territory_opt.problem import Problem
from territory_opt.travel.place import IndexArray

HEADER_ROWS = 1
_SHOWN = 50


def check(problem: Problem, policy: Policy) -> tuple[Issue, ...]:
    """Every fault, fatal ones first. Nothing is raised; `solve` refuses when one is fatal."""
    issues = list(_facts(problem))
    for wish in policy.wishes:
        issues += [Issue("policy", None, wish.name, "", f, "Mend the policy") for f in wish.faults(problem)]
    if not any(issue.fatal for issue in issues):
        issues += _unused(problem, policy)
        issues += _locked_load(problem, policy)
        issues += _nobody_may(problem, policy)
        issues += _empty_measures(problem, policy)
    return tuple(sorted(issues, key=lambda issue: not issue.fatal))


def _facts(problem: Problem) -> Iterator[Issue]:
    accounts, reps = problem.accounts, problem.reps
    if len(accounts) == 0:
        yield Issue("accounts", None, "", "", "there are no accounts", "Add at least one row")
    if len(reps) == 0:
        yield Issue("reps", None, "", "", "there are no reps", "Add at least one row")
    elif reps.leaving.all():
        yield Issue("reps", None, "status", "leaving", "every rep is leaving", "Keep at least one seat")
    for name, table in (("accounts", accounts), ("reps", reps)):
        ids, count = np.unique(table.ids.astype(str), return_counts=True)
        for twice in ids[count > 1][:_SHOWN]:
            row = int(np.flatnonzero(table.ids == twice)[1])
            yield _row(name, row, f"{name[:-1]}_id", twice, "the id appears twice", "Give each row its own id")
    yield from _bad_numbers(problem)
    yield from _bad_places(problem)


def _bad_numbers(problem: Problem) -> Iterator[Issue]:
    accounts, reps = problem.accounts, problem.reps
    columns = [("accounts", k, v) for k, v in accounts.measures.items() if k != "months_with_owner"]
    columns.append(("reps", "share", np.where(reps.leaving, 0.0, reps.share)))
    for table, name, values in columns:
        for row in np.flatnonzero(~(values >= 0) | np.isinf(values))[:_SHOWN]:
            fault = "must be a number of 0 or more"
            yield _row(table, int(row), name, str(values[row]), fault, "Correct the number")
    if len(reps) and not (np.where(reps.leaving, 0.0, reps.share) > 0).any():
        yield Issue("reps", None, "share", "", "the shares sum to nothing", "Give some rep a share above 0")
    for row in np.flatnonzero(reps.capacity_h < 0)[:_SHOWN]:
        yield _row("reps", int(row), "capacity_h", str(reps.capacity_h[row]), "is negative", "Correct it")
    owner = accounts.owner
    for row in np.flatnonzero((owner < -1) | (owner >= len(reps)))[:_SHOWN]:
        yield _row("accounts", int(row), "owner", str(owner[row]), "is no rep", "Use a rep of the roster")


def _bad_places(problem: Problem) -> Iterator[Issue]:
    if not problem.distances.needs_places:
        return
    for name, table in (("accounts", problem.accounts), ("reps", problem.reps)):
        bad = ~((np.abs(table.lat) <= 90) & (np.abs(table.lon) <= 180))
        for row in np.flatnonzero(bad)[:_SHOWN]:
            place = f"{table.lat[row]}, {table.lon[row]}"
            yield _row(name, int(row), "lat, lon", place, "is no place on earth", "Correct the coordinates")


def _unused(problem: Problem, policy: Policy) -> Iterator[Issue]:
    reps = problem.reps
    for row in np.flatnonzero((reps.share == 0) & ~reps.leaving):
        mend = "Its target is 0: every band keeps it at nothing"
        yield _row("reps", int(row), "share", "0", "an active seat without a share", mend, fatal=False)
    owner, locked = problem.accounts.owner, problem.accounts.locked
    for row in np.flatnonzero(locked & np.append(reps.leaving, True)[owner])[:_SHOWN]:
        fault = "is locked to nobody" if owner[row] < 0 else "is locked to a rep who is leaving"
        yield _row("accounts", int(row), "locked", "yes", fault, "The lock is ignored", fatal=False)


def _locked_load(problem: Problem, policy: Policy) -> Iterator[Issue]:
    """Capacity that the locked accounts alone already exceed."""
    if "locked" not in {rule.name for rule in policy.rules}:
        return
    owner = problem.accounts.owner
    stuck = np.flatnonzero(problem.accounts.locked & ~np.append(problem.reps.leaving, True)[owner])
    for term in policy.load_terms():
        if not isinstance(term, Capacity):
            continue
        load = np.bincount(owner[stuck], term.load(problem, stuck, owner[stuck]), len(problem.reps))
        for row in np.flatnonzero(load > problem.reps.capacity_h):
            capacity = problem.reps.capacity_h[row]
            fault = f"locked accounts alone need {load[row]:,.0f} of {capacity:,.0f}"
            mend = "Unlock some of them or raise the capacity"
            yield _row("reps", int(row), "capacity_h", f"{capacity:g}", fault, mend)


def _nobody_may(problem: Problem, policy: Policy) -> Iterator[Issue]:
    """Accounts that no rep may serve, a block of accounts at a time."""
    rules = tuple(policy.pair_rules())
    rep = np.flatnonzero(~problem.reps.leaving)[None, :]
    size = max(1, (1 << 20) // max(rep.size, 1))
    shown = 0
    for first in range(0, len(problem.accounts), size):
        account = np.arange(first, min(first + size, len(problem.accounts)))[:, None]
        allowed = np.ones((len(account), rep.size), bool)
        for rule in rules:
            allowed &= rule.allows(problem, account, rep)
        for row in np.flatnonzero(~allowed.any(axis=1)) + first:
            shown += 1
            if shown <= _SHOWN:
                yield _no_rep(problem, rules, int(row), rep)


def _no_rep(problem: Problem, rules: tuple, row: int, rep: IndexArray) -> Issue:  # type: ignore[type-arg]
    alone = [r.name for r in rules if not r.allows(problem, np.array([[row]]), rep).any()]
    why = ", ".join(alone) or " with ".join(r.name for r in rules)
    fault = f"no rep may serve it ({why})"
    account = str(problem.accounts.ids[row])
    return _row("accounts", row, "account_id", account, fault, "It is listed as uncovered", fatal=False)


def _empty_measures(problem: Problem, policy: Policy) -> Iterator[Issue]:
    for term in policy.load_terms():
        if isinstance(term, Balance) and problem.load(
            term.measure, np.arange(len(problem.accounts)), np.zeros(1, np.int64)
        ).sum() <= 0:
            fault = f"{term.measure} is 0 for every account, so there is nothing to balance"
            yield Issue("accounts", None, term.measure, "", fault, "Fill the column or drop the wish")


def _row(
    table: str, row: int, column: str, value: str, fault: str, mend: str, *, fatal: bool = True
) -> Issue:
    return Issue(table, row + HEADER_ROWS + 1, column, value, fault, mend, fatal)
