"""How fair a plan is, as tables, pictures and chapters: figures, groups, and what it means for each rep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, MeterCount
from territory_opt.deliver.plan import Plan
from territory_opt.errors import DataError, PolicyError
from territory_opt.fairness import (
    ELASTICITIES,
    Envy,
    FairnessSettings,
    Spread,
    by_group,
    columns_of_groups,
    commission,
    envy,
    fairness,
    gini,
    has_index,
    lost_money,
)
from territory_opt.fairness.commission import RATE
from territory_opt.io.fairness_sheet import figures
from territory_opt.io.report import INDEX_DIGITS, Chapter, Columns
from territory_opt.policy import Policy
from territory_opt.policy.words import counted
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray

#: Pairs of accounts and reps up to which every plan is searched for envy; the verb `fairness` always does.
_ENVY_PAIRS = 100_000_000
_BETWEEN = "between groups"
_HEAD = ("measure", "by", "group")


class Side(NamedTuple):
    """One plan that is judged: `name` is "today" or "plan"."""

    name: str
    alignment: Alignment
    audit: Audit


@dataclass(frozen=True)
class FairnessReport:
    """How fair a plan is, beside today: columns of equal lengths, and sentences.

    figures: a row a measure and figure. groups: a row a measure and region or manager; none where all reps
    are in one. reps: a row a rep, with envy and commission. `str()` is the sentences.
    """

    figures: Columns
    groups: Columns
    reps: Columns
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.notes)


def fairness_report(
    problem: Problem,
    policy: Policy,
    result: Result,
    *,
    settings: FairnessSettings | None = None,
    only_today: bool = False,
) -> FairnessReport:
    """Everything that is said about the fairness of a plan against today.

    settings: where commission stands in the tables. only_today: leave the plan out. Envy as in
    `territory_opt.fairness.envy`, commission available as in `territory_opt.fairness.commission`; where the
    facts do not allow one, its columns are missing and a sentence says why. Raises PolicyError where rates
    or probabilities are out of range, or a column that the settings name is not there.
    """
    sides = _sides(problem, result)[: 1 if only_today else 2]
    groups, said = _groups(problem, sides)
    settings = settings or FairnessSettings()
    reps, also_said = _reps(problem, policy, sides, settings)
    return FairnessReport(_figures(problem, sides), groups, reps, (*said, *also_said))


def _sides(problem: Problem, result: Result) -> tuple[Side, Side]:
    today = Side("today", Alignment.today(problem), result.today)
    return today, Side("plan", result.alignment, result.audit)


def figures_of(problem: Problem, count: Audit) -> list[dict[str, Any]]:
    """Every figure of every measure, the price of imbalance also as money per year."""
    found = []
    for spread in fairness(count):
        money = lost_money(problem, spread.lost_share)
        found.append(spread.as_dict() | {"lost_money": dict(zip(map(str, ELASTICITIES), money, strict=True))})
    return found


def _figures(problem: Problem, sides: Sequence[Side]) -> Columns:
    rows: dict[tuple[str, str, str], dict[str, float]] = {}
    for side in sides:
        for entry in figures_of(problem, side.audit):
            for name, unit, value in figures(entry):
                rows.setdefault((entry["label"], name.replace("_", " "), unit), {})[side.name] = value
    columns: dict[str, Any] = {
        word: np.array([key[i] for key in rows], dtype=object)
        for i, word in enumerate(("measure", "figure", "unit"))
    }
    return columns | {s.name: np.array([row.get(s.name, np.nan) for row in rows.values()]) for s in sides}


def _groups(problem: Problem, sides: Sequence[Side]) -> tuple[Columns, list[str]]:
    """A row a measure and group, one more for what lies between groups; a sentence a measure and column."""
    rows: list[dict[str, Any]] = []
    between: dict[str, list[str]] = {}
    for at, meter in enumerate(sides[-1].audit.meters):
        if not has_index(meter):
            continue
        for by in columns_of_groups(problem.reps):
            spreads = {s.name: _spread(problem, s.audit.meters[at], by) for s in sides}
            rows += _group_rows(spreads)
            share = 100 * spreads[sides[-1].name].between_share
            between.setdefault(by, []).append(f"{share:.0f} % of {meter.measure}")
    said = [f"Unevenness that lies between groups by {by}: {', '.join(p)}." for by, p in between.items()]
    names = list(rows[0]) if rows else [*_HEAD]
    columns = {name: np.array([row[name] for row in rows]) for name in names}
    return {
        name: v.astype(object) if name in _HEAD else v.round(INDEX_DIGITS) for name, v in columns.items()
    }, said


def _spread(problem: Problem, meter: MeterCount, by: str) -> Spread:
    """Groups of one measure; none where nobody has an index, as when no account has an owner today."""
    return by_group(problem.reps, meter, by) if has_index(meter) else Spread(meter.label, by, (), 0.0, 0.0)


_OF_GROUP = {
    "reps": "reps",
    "mean index": "mean_index",
    "least index": "least_index",
    "most index": "most_index",
    "in_band": "in_band",
    "gini": "gini",
    "theil": "theil",
    "part of theil": "part",
}


def _group_rows(spreads: Mapping[str, Spread]) -> Iterator[dict[str, Any]]:
    """Rows of one measure and column, the last one for what lies between; blank where a side has none."""
    one = next(iter(spreads.values()))
    head = {"measure": one.label, "by": one.by}
    for name in sorted({group.group for spread in spreads.values() for group in spread.groups}):
        row: dict[str, Any] = head | {"group": name}
        for side, spread in spreads.items():
            group = next((g for g in spread.groups if g.group == name), None)
            row |= {f"{word} {side}": getattr(group, of, np.nan) for word, of in _OF_GROUP.items()}
        yield row
    row = dict[str, Any](head | {"group": _BETWEEN})
    for side, spread in spreads.items():
        row |= {f"{word} {side}": np.nan for word in _OF_GROUP}
        row |= {f"theil {side}": spread.between, f"part of theil {side}": spread.between_share}
    yield row


def _reps(
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


def fairness_chapters(plan: Plan) -> Iterator[Chapter]:
    """Groups, where reps fall into any, and what the plan means for each rep."""
    problem = plan.problem
    sides = _sides(problem, plan.result)
    groups, said = _groups(problem, sides)
    if len(groups["group"]):
        yield Chapter("Fairness by group", "fairness_groups.csv", groups, tuple(said))
    # A plan that was searched for is not lost for a wrong rate: its faults are said and the rest is written.
    reps, said = _reps(problem, plan.policy, sides, plan.fairness, most_pairs=_ENVY_PAIRS, forgiving=True)
    yield Chapter("Fairness by rep", "fairness_reps.csv", reps, tuple(said))
