"""The tables that leave: plain columns, the same for CSV files and workbook sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import MeterCount
from territory_opt.moves import ASSIGNED, DROPPED, GIVEN_TO_NOBODY, MOVED, SERVABLE_BY_NOBODY, Moves
from territory_opt.policy import Policy
from territory_opt.problem import WORKLOAD_H, Int32Array, Problem
from territory_opt.receivers import servable
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray

Columns = Mapping[str, Any]
INDEX_DIGITS = 6  # as fine as the tolerance of a band


@dataclass(frozen=True)
class Chapter:
    """One sheet of the workbook and one CSV file beside it.

    columns: equal lengths; what each means stands in the glossary. notes: sentences below the table; they are
    also printed where the plan is. pictures: PNG files as bytes, shown below the notes.
    """

    sheet: str
    file: str
    columns: Columns
    notes: tuple[str, ...] = ()
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that is written about one plan; rooms that make numbers hand them over as plain data."""

    problem: Problem
    policy: Policy
    result: Result
    moves: Moves
    fairness: Mapping[str, list[dict[str, Any]]]  # "today" and "plan": one entry a measure
    chapters: tuple[Chapter, ...] = ()
    shapes: Columns = field(default_factory=dict)  # a row a rep: how compact territories are
    levels: tuple[str, ...] = ()  # text columns of the reps that are levels above the territories


def alignment_table(problem: Problem, alignment: Alignment, levels: Sequence[str] = ()) -> Columns:
    """Who serves each account, uncovered accounts left out, in the order of the input.

    levels: text columns of the reps that follow, such as district and region.
    """
    served = alignment.covered
    rep = alignment.rep[served]
    return {"account_id": problem.accounts.ids[served]} | _seats(problem, rep, levels)


def area_table(problem: Problem, alignment: Alignment, levels: Sequence[str] = ()) -> Columns:
    """Who holds each area, those without accounts too, where the plan says so; areas of nobody left out."""
    assert problem.areas is not None
    assert alignment.rep_of_area is not None
    held = alignment.rep_of_area >= 0
    rep = alignment.rep_of_area[held]
    return {"area_id": problem.areas.ids[held]} | _seats(problem, rep, levels)


def _seats(problem: Problem, rep: Int32Array, levels: Sequence[str]) -> dict[str, Any]:
    return {"rep_id": problem.reps.ids[rep]} | {name: problem.reps.tag(name).texts()[rep] for name in levels}


def uncovered_table(report: Report) -> Columns:
    """Accounts that nobody serves, and why."""
    accounts = report.problem.accounts
    account = np.flatnonzero(~report.result.alignment.covered).astype(np.int32)
    may = servable(report.problem, report.policy, account)
    reason = np.where(may, GIVEN_TO_NOBODY, SERVABLE_BY_NOBODY).astype(object)
    return {"account_id": accounts.ids[account], "name": accounts.names[account], "reason": reason}


def account_table(report: Report) -> Columns:
    """Every account with its old and new rep and its measures."""
    accounts, rep = report.problem.accounts, report.result.alignment.rep
    rep_ids = np.append(report.problem.reps.ids, "")
    change = np.full(len(rep), "", dtype=object)
    change[report.moves.account] = report.moves.change
    columns: dict[str, Any] = {
        "account_id": accounts.ids,
        "name": accounts.names,
        "owner_today": rep_ids[accounts.owner],
        "rep_id": rep_ids[rep],
        "change": change,
    }
    for name, values in accounts.measures.items():
        columns[f"{name} (measure)" if name in columns else name] = values
    return columns


def moves_table(report: Report) -> Columns:
    """Accounts that change owner, get one or lose theirs, with reasons, in the order of the input."""
    moves, problem = report.moves, report.problem
    accounts, rep_ids = problem.accounts, np.append(problem.reps.ids, "")
    return {
        "account_id": accounts.ids[moves.account],
        "name": accounts.names[moves.account],
        "change": np.array(moves.change, dtype=object),
        "from_rep": rep_ids[moves.owner],
        "to_rep": rep_ids[moves.rep],
        "forced": np.where(moves.forced, "yes", "no"),
        "revenue": accounts.measures["revenue"][moves.account],
        "travel_and_fit_saved": moves.saving.round(2),
        "disruption_cost": moves.disruption.round(2),
        "worth_of_balance": moves.fairness.round(2),
        "reason": np.array(moves.reason, dtype=object),
    }


def territory_table(report: Report) -> Columns:
    """One row a rep: accounts, money, hours, indexes of every balanced measure, and shape."""
    problem, result = report.problem, report.result
    reps, alignment = problem.reps, result.alignment
    n = len(reps)
    moves, owner = report.moves, problem.accounts.owner
    columns: dict[str, Any] = {
        "rep_id": reps.ids,
        "name": reps.names,
        **{level: reps.tag(level).texts() for level in report.levels},
        "accounts today": np.bincount(owner[owner >= 0], minlength=n),
        "gained": np.bincount(moves.rep[moves.are(MOVED)], minlength=n),
        ASSIGNED: np.bincount(moves.rep[moves.are(ASSIGNED)], minlength=n),
        "lost": np.bincount(moves.owner[moves.are(MOVED)], minlength=n),
        DROPPED: np.bincount(moves.owner[moves.are(DROPPED)], minlength=n),
        "accounts": alignment.total(np.ones(len(alignment)), n).astype(np.int64),
    }
    for name in ("potential", "revenue"):
        columns[name] = alignment.total(problem.accounts.measures[name], n)
    columns[WORKLOAD_H] = alignment.load(problem, WORKLOAD_H).round(1)
    columns["travel_h"] = _travel_h(report).round(1)
    for name, before, after in index_meters(result):
        columns[f"index of {name} today"] = before.index.round(INDEX_DIGITS)
        columns[f"index of {name}"] = after.index.round(INDEX_DIGITS)
    return columns | dict(report.shapes)


def index_meters(result: Result) -> Iterator[tuple[str, MeterCount, MeterCount]]:
    """Name, today's and the plan's count of each wish that gives reps a target."""
    seen = set()
    for before, after in zip(result.today.meters, result.audit.meters, strict=True):
        if after.by_rep and np.isfinite(after.index).any():
            name = after.label if after.measure in seen else after.measure
            seen.add(after.measure)
            yield name, before, after


def _travel_h(report: Report) -> FloatArray:
    rep = report.result.alignment.rep
    hours = np.zeros(len(rep))
    served = np.flatnonzero(rep >= 0)
    hours[served] = report.problem.travel_h(served, rep[served])
    return report.result.alignment.total(hours, len(report.problem.reps))


def clash_table(report: Report) -> Columns:
    """The wishes that the plan breaks."""
    clashes = report.result.clashes
    return {
        "wish": np.array([c.wish for c in clashes], dtype=object),
        "where": np.array([c.where for c in clashes], dtype=object),
        "amount": np.array([c.amount for c in clashes], dtype=np.float64),
        "what": np.array([c.message for c in clashes], dtype=object),
    }


def trace_table(report: Report) -> Columns:
    """How cost and bound came together."""
    trace = report.result.trace
    return {
        "step": np.array([s.step for s in trace], dtype=np.int64),
        "stage": np.array([s.stage for s in trace], dtype=object),
        "elapsed_s": np.array([round(s.elapsed_s, 3) for s in trace]),
        "objective": np.array([s.objective for s in trace]),
        "bound": np.array([s.bound for s in trace]),
        "gap": np.array([s.gap for s in trace]),
    }
