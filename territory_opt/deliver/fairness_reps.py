"""What a plan means for each rep: whose book he would rather have, and what he could earn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit
from territory_opt.errors import DataError, PolicyError
from territory_opt.fairness import Envy, FairnessSettings, commission, envy, gini
from territory_opt.fairness.commission import RATE
from territory_opt.io.report import INDEX_DIGITS, Columns
from territory_opt.policy import Policy
from territory_opt.policy.words import counted
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray


class Side(NamedTuple):
    """One plan that is judged: `name` is "today" or "plan"."""

    name: str
    alignment: Alignment
    audit: Audit


def rep_columns(
    problem: Problem,
    policy: Policy,
    sides: Sequence[Side],
    settings: FairnessSettings,
    *,
    most_pairs: float = np.inf,
    forgiving: bool = False,
) -> tuple[Columns, list[str]]:
    """A row a rep: envy and commission on each side; and sentences. Forgiving: faults are sentences too."""
    columns: dict[str, Any] = {"rep_id": problem.reps.ids, "name": problem.reps.names}
    said = []
    of_envy = _envy(problem, policy, sides, most_pairs)
    for part in (of_envy, _commission(problem, sides, settings, forgiving)):
        columns |= part[0]
        said += part[1]
    return columns, said


def _envy(
    problem: Problem, policy: Policy, sides: Sequence[Side], most_pairs: float
) -> tuple[dict[str, Any], list[str]]:
    if len(problem.accounts) * len(problem.reps) > most_pairs:
        return {}, ["Envy was not counted, since there are many pairs: `territory_opt fairness` counts it."]
    try:
        found = {side.name: envy(problem, side.alignment, policy) for side in sides}
    except (DataError, PolicyError) as error:
        return {}, [f"Nothing is said about envy: {error}."]
    columns = {
        f"{name} {side}": values
        for side, each in found.items()
        for name, values in _envy_columns(problem, each).items()
    }
    return columns, [envy_sentence(found)]


def _commission(
    problem: Problem, sides: Sequence[Side], settings: FairnessSettings, forgiving: bool
) -> tuple[dict[str, Any], list[str]]:
    if settings.commission_rate == RATE and RATE not in problem.reps.measures:
        return {}, [f"Nothing is said about commission: reps have no column {RATE}."]
    try:
        earned = {s.name: commission(problem, s.alignment, **settings.of_commission) for s in sides}
    except PolicyError as error:
        if not forgiving:
            raise
        return {}, [f"Nothing is said about commission: {'; '.join(str(error).splitlines())}."]
    columns = {}
    for side, money in earned.items():
        columns[f"commission {side}"] = money.available.round(2)
        columns[f"index of commission {side}"] = money.index.round(INDEX_DIGITS)
    spread = [f"{s} {gini(m.index):.3f}" for s, m in earned.items() if np.isfinite(m.index).any()]
    said = [f"Commission available per share: Gini {', '.join(spread)}."] if spread else []
    return columns, [*said, *(f"Commission: {note}." for note in next(iter(earned.values())).notes)]


def _envy_columns(problem: Problem, found: Envy) -> Columns:
    """One row for each rep of the problem, blank for those who are not judged."""
    liked, own = found.favourite, found.own
    best = found.worth[np.arange(len(own)), np.maximum(liked, 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(liked >= 0, best / own, 1.0)
    blank = np.full(len(problem.reps), np.nan)
    ids = np.full(len(problem.reps), "", dtype=object)
    ids[found.reps] = np.where(liked >= 0, problem.reps.ids[found.reps[liked]], "")
    return {
        "books preferred": _at(found.reps, blank, found.prefers.sum(axis=1)),
        "preferred by more than one account": _at(found.reps, blank, found.prefers_less_one.sum(axis=1)),
        "book liked best": ids,
        "worth of it": _at(found.reps, blank, ratio.round(INDEX_DIGITS)),
    }


def _at(rows: Any, blank: FloatArray, values: Any) -> FloatArray:
    column = blank.copy()
    column[rows] = values
    return column


def envy_sentence(found: Mapping[str, Envy]) -> str:
    """How many reps would rather have another's book, by the name of each side."""
    want, still = [], []
    for side, each in found.items():
        where = "today" if side == "today" else f"in the {side}"
        some, hard = (int(m.any(axis=1).sum()) for m in (each.prefers, each.prefers_less_one))
        want.append(f"{some:,} of {counted(int(each.wishes.sum()), 'rep')} {where}")
        still.append(f"{hard:,} {where}")
    said = f"Would rather have another's book: {', '.join(want)}"
    return f"{said}; even without the account in it that matters most: {', '.join(still)}."
