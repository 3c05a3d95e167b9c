"""How fair a plan is, as tables, pictures and chapters: figures, groups, and what it means for each rep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, MeterCount
from territory_opt.deliver.fairness_reps import Side, rep_columns
from territory_opt.deliver.plan import Plan
from territory_opt.fairness import (
    ELASTICITIES,
    FairnessSettings,
    Spread,
    by_group,
    columns_of_groups,
    fairness,
    has_index,
    lost_money,
)
from territory_opt.io.fairness_sheet import figures
from territory_opt.io.report import INDEX_DIGITS, Chapter, Columns
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result

#: Pairs of accounts and reps up to which every plan is searched for envy; the verb `fairness` always does.
_ENVY_PAIRS = 10_000_000
_BETWEEN = "between groups"
_HEAD = ("measure", "by", "group")


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
    reps, also_said = rep_columns(problem, policy, sides, settings)
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


def fairness_chapters(plan: Plan) -> Iterator[Chapter]:
    """Groups, where reps fall into any, and what the plan means for each rep."""
    problem = plan.problem
    sides = _sides(problem, plan.result)
    groups, said = _groups(problem, sides)
    if len(groups["group"]):
        yield Chapter("Fairness by group", "fairness_groups.csv", groups, tuple(said))
    # A plan that was searched for is not lost for a wrong rate: its faults are said and the rest is written.
    reps, said = rep_columns(
        problem, plan.policy, sides, plan.fairness, most_pairs=_ENVY_PAIRS, forgiving=True
    )
    yield Chapter("Fairness by rep", "fairness_reps.csv", reps, tuple(said))
