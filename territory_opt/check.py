"""Every fault of facts and wishes together, collected before any search."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.errors import UNWRITABLE, Issue, shown, writable
from territory_opt.policy import Balance, Capacity, FollowArea, Policy
from territory_opt.policy.base import GroupRule, PairRule
from territory_opt.problem import MAY_BE_UNKNOWN, Accounts, BoolArray, Problem, Reps
from territory_opt.travel.place import IndexArray

HEADER_ROWS = 1
_SHOWN = 50
_BLOCK_PAIRS = 1 << 20


def check(problem: Problem, policy: Policy) -> tuple[Issue, ...]:
    """Every fault, fatal ones first. Nothing is raised; `solve` refuses when one is fatal."""
    issues = list(_facts(problem))
    for wish in policy.wishes:
        issues += [Issue("policy", None, wish.name, "", f, "Mend the policy") for f in wish.faults(problem)]
    issues += [*_said_twice(policy), *_shapes(problem, policy)]
    if not any(issue.fatal for issue in issues):
        issues += _unused(problem)
        issues += _locked_load(problem, policy)
        issues += _nobody_may(problem, policy)
        issues += _families_pulled_apart(problem, policy)
        issues += _empty_measures(problem, policy)
    return tuple(sorted(issues, key=lambda issue: not issue.fatal))


def _said_twice(policy: Policy) -> Iterator[Issue]:
    """Bands and caps of one name: their prices and clashes could not be told apart."""
    seen: set[str] = set()
    for term in policy.load_terms():
        label = term.label()
        if label in seen:
            yield Issue("policy", None, term.name, label, "is there twice", "Keep one of them")
        seen.add(label)


def _shapes(problem: Problem, policy: Policy) -> Iterator[Issue]:
    """Rules about territories on the map that nothing ties the accounts to, and what they cannot do."""
    for rule in policy.shape_rules():
        if not any(isinstance(wish, FollowArea) for wish in policy.wishes):
            fault = "speaks of areas, but accounts do not follow theirs"
            yield Issue("policy", None, rule.name, "", fault, "Add the rule follow_area")
        for caution, mend in rule.cautions(problem):
            yield Issue("policy", None, rule.name, "", caution, mend, fatal=False)


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
            yield _row(
                name, row, f"{name[:-1]}_id", twice, "the id appears twice", "Give each row its own id"
            )
        yield from _unwritable(name, table)
    yield from _bad_numbers(problem)
    yield from _bad_places(problem)


def _unwritable(name: str, table: Accounts | Reps) -> Iterator[Issue]:
    """Texts that no file can hold: half of a character pair, as a broken conversion leaves it."""
    columns = {f"{name[:-1]}_id": table.ids, "name": table.names}
    columns |= {key: tag.texts() for key, tag in table.tags.items() if not writable("".join(tag.names))}
    for column, texts in columns.items():
        if not writable("".join(texts)):
            for row in [i for i, text in enumerate(texts) if not writable(text)][:_SHOWN]:
                yield _row(name, row, column, shown(texts[row]), UNWRITABLE, "Type it again")
    for column in [*table.measures, *table.tags]:
        if not writable(column):
            mend = "Rename the column"
            yield Issue(name, HEADER_ROWS, shown(column), "", UNWRITABLE, mend)


def _bad_numbers(problem: Problem) -> Iterator[Issue]:
    accounts, reps = problem.accounts, problem.reps
    columns = [("accounts", k, v) for k, v in accounts.measures.items() if k not in MAY_BE_UNKNOWN]
    columns.append(("reps", "share", np.where(reps.leaving, 0.0, reps.share)))
    for table, name, values in columns:
        for row in np.flatnonzero(~(values >= 0) | np.isinf(values))[:_SHOWN]:
            fault = "must be a number of 0 or more"
            yield _row(table, int(row), name, str(values[row]), fault, "Correct the number")
    if not reps.leaving.all() and not (np.where(reps.leaving, 0.0, reps.share) > 0).any():
        yield Issue("reps", None, "share", "", "the shares sum to nothing", "Give some rep a share above 0")
    for row in np.flatnonzero(reps.capacity_h < 0)[:_SHOWN]:
        yield _row("reps", int(row), "capacity_h", str(reps.capacity_h[row]), "is negative", "Correct it")
    owner = accounts.owner
    for row in np.flatnonzero((owner < -1) | (owner >= len(reps)))[:_SHOWN]:
        yield _row("accounts", int(row), "owner", str(owner[row]), "is no rep", "Use a rep of the roster")
    area, n_areas = accounts.area, 0 if problem.areas is None else len(problem.areas)
    for row in np.flatnonzero((area < -1) | (area >= n_areas))[:_SHOWN]:
        fault, mend = "is no area", "Use an index of the areas, or -1 for none"
        yield _row("accounts", int(row), "area_id", str(area[row]), fault, mend)


def _bad_places(problem: Problem) -> Iterator[Issue]:
    if not problem.distances.needs_places:
        return
    reps = problem.reps
    owners = np.isin(np.arange(len(reps)), problem.accounts.owner)
    # Nobody drives from the place of a rep who leaves and serves nobody today.
    spared = reps.leaving & ~owners & (np.isnan(reps.lat) | np.isnan(reps.lon))
    for name, table, fine in (("accounts", problem.accounts, False), ("reps", reps, spared)):
        bad = ~((np.abs(table.lat) <= 90) & (np.abs(table.lon) <= 180)) & ~np.asarray(fine)
        for row in np.flatnonzero(bad)[:_SHOWN]:
            place = f"{table.lat[row]}, {table.lon[row]}"
            yield _row(name, int(row), "lat, lon", place, "is no place on earth", "Correct the coordinates")


def _unused(problem: Problem) -> Iterator[Issue]:
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
            mend = "Unlock some of them or raise the capacity; until then every plan breaks it"
            yield _row("reps", int(row), "capacity_h", f"{capacity:g}", fault, mend, fatal=False)


def _nobody_may(problem: Problem, policy: Policy) -> Iterator[Issue]:
    """Accounts that no rep may serve; nothing here holds accounts × reps."""
    rules = tuple(policy.pair_rules())
    staying = np.flatnonzero(~problem.reps.leaving)
    alone = _unserved(problem, rules, staying)
    for row in alone[:_SHOWN]:
        yield _no_rep(problem, rules, int(row), staying[None, :])
    if len(alone) > _SHOWN:
        fault, mend = f"{len(alone) - _SHOWN} more have no rep who may serve them", "Listed as uncovered"
        yield Issue("accounts", None, "account_id", "", fault, mend, fatal=False)


def _unserved(problem: Problem, rules: tuple[PairRule, ...], staying: IndexArray) -> IndexArray:
    """Accounts that none of the reps may serve.

    Most accounts are settled by their owner or by the first few reps, so the rest gets small quickly: a
    million accounts and 2,000 reps take about as many looks as there are accounts.
    """
    owner = problem.accounts.owner
    left = np.arange(len(owner))
    kept = np.flatnonzero(~np.append(problem.reps.leaving, True)[owner])
    served = np.zeros(len(owner), bool)
    for part in _parts(kept, 1):
        served[part] = _may(problem, rules, part, owner[part])
    left = left[~served[left]]
    first, width = 0, 4
    while first < len(staying) and len(left):
        rep = staying[first : first + width][None, :]
        found = [_may(problem, rules, p[:, None], rep).any(axis=1) for p in _parts(left, width)]
        left = left[~np.concatenate(found)]
        first, width = first + width, 2 * width
    return left


def _parts(rows: IndexArray, width: int) -> list[IndexArray]:
    """Runs of rows that make at most `_BLOCK_PAIRS` pairs with `width` reps."""
    size = max(1, _BLOCK_PAIRS // width)
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _may(problem: Problem, rules: tuple[PairRule, ...], account: IndexArray, rep: IndexArray) -> BoolArray:
    allowed = np.ones(np.broadcast(account, rep).shape, bool)
    for rule in rules:
        allowed &= rule.allows(problem, account, rep)
    return allowed


def _no_rep(problem: Problem, rules: tuple[PairRule, ...], row: int, rep: IndexArray) -> Issue:
    alone = [r.name for r in rules if not r.allows(problem, np.array([[row]]), rep).any()]
    why = ", ".join(alone) or " with ".join(r.name for r in rules)
    fault = f"no rep may serve it ({why})"
    account = str(problem.accounts.ids[row])
    return _row("accounts", row, "account_id", account, fault, "It is listed as uncovered", fatal=False)


def _families_pulled_apart(problem: Problem, policy: Policy) -> Iterator[Issue]:
    """Groups that must move as one piece while their locks tie them to several reps."""
    if "locked" not in {rule.name for rule in policy.rules}:
        return
    owner = problem.accounts.owner
    binds = problem.accounts.locked & ~np.append(problem.reps.leaving, True)[owner]
    for rule in policy.group_rules():
        group = rule.groups(problem)
        rows = np.flatnonzero(binds & (group >= 0))
        rows = rows[np.argsort(group[rows], kind="stable")]
        first = np.concatenate([[0], np.flatnonzero(np.diff(group[rows])) + 1]).astype(np.int64)
        if not len(rows):
            continue
        several = np.minimum.reduceat(owner[rows], first) != np.maximum.reduceat(owner[rows], first)
        for start in first[several][:_SHOWN]:
            yield _pulled_apart(problem, rule, rows[group[rows] == group[rows[start]]])


def _pulled_apart(problem: Problem, rule: GroupRule, rows: IndexArray) -> Issue:
    owners = ", ".join(sorted(set(problem.reps.ids[problem.accounts.owner[rows]])))
    by, value = str(getattr(rule, "by", "family")), ""
    if isinstance(rule, FollowArea) and problem.areas is not None:
        by, value = "area_id", problem.areas.ids[problem.accounts.area[rows[0]]]
    elif by in problem.accounts.tags:
        value = problem.accounts.tags[by].texts()[rows[0]]
    fault = f"accounts that stay together are locked to different reps ({owners})"
    mend = "The accounts are planned one by one; unlock some to unite them"
    return _row("accounts", int(rows[0]), by, str(value), fault, mend, fatal=False)


def _empty_measures(problem: Problem, policy: Policy) -> Iterator[Issue]:
    for term in policy.load_terms():
        if (
            isinstance(term, Balance)
            and problem.load(term.measure, np.arange(len(problem.accounts)), np.zeros(1, np.int64)).sum() <= 0
        ):
            fault = f"{term.measure} is 0 for every account, so there is nothing to balance"
            yield Issue("accounts", None, term.measure, "", fault, "Fill the column or drop the wish")


def _row(
    table: str, row: int, column: str, value: str, fault: str, mend: str, *, fatal: bool = True
) -> Issue:
    return Issue(table, row + HEADER_ROWS + 1, column, value, fault, mend, fatal)
