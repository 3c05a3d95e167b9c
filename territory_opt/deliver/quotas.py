"""The chapters on quotas: of the reps, of their months or quarters, and of the levels above them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_facts import checked_settings
from territory_opt.io.report import INDEX_DIGITS, Chapter, Columns
from territory_opt.problem import Problem
from territory_opt.quota import Quotas, QuotaSettings, Seasons, Unit, levels, seasons
from territory_opt.quota.books import NoQuotas
from territory_opt.quota.settings import REP

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

#: Files beside quotas.csv that only some settings ask for.
_SOMETIMES = ("quota_months.csv", "quota_levels.csv")


def quota_chapters(plan: Plan) -> Iterator[Chapter]:
    """Quotas on the new books; when the books hold nothing to share by, none and a note that says so.

    Months or quarters where territory.toml gives a season or a ramp, levels where it gives hedges.
    PolicyError for settings at fault: out of range, columns that are not there, caps that cannot be kept.
    """
    settings = checked_settings(plan.quota)
    try:
        quotas = plan.quotas
    except NoQuotas as error:
        log.warning("no quotas: %s", error)
        nothing = {"rep_id": np.zeros(0, dtype=object), "quota": np.zeros(0)}
        yield Chapter("Quotas", "quotas.csv", nothing, (f"No quotas: {error}.",))
        return
    yield from chapters_of(plan.problem, settings, quotas)


def chapters_of(problem: Problem, settings: QuotaSettings, quotas: Quotas) -> Iterator[Chapter]:
    """The chapters of quotas that are there."""
    yield Chapter("Quotas", "quotas.csv", quota_columns(problem, quotas), (*quotas.notes, quotas.basis))
    if settings.season or settings.ramp or settings.ramps:
        split = season_columns(problem, quotas, seasons(problem, quotas, settings))
        yield Chapter("Quota by period", "quota_months.csv", split)
    if settings.hedges:
        units = levels(problem.reps, quotas, settings)
        yield Chapter("Quota by level", "quota_levels.csv", level_columns(units))


def quota_columns(problem: Problem, quotas: Quotas) -> Columns:
    """One row a rep: book, quota, and how it arose."""
    columns: dict[str, Any] = {"rep_id": quotas.rep_ids, "name": problem.reps.names}
    if "quota" in problem.reps.measures:
        columns["quota_today"] = problem.reps.measures["quota"]
    columns |= {"revenue": quotas.baseline.round(2), "potential": quotas.potential.round(2)}
    columns["quota"] = quotas.quota
    columns |= {"share": quotas.share, "index of quota": quotas.index.round(INDEX_DIGITS)}
    columns |= {line.name: line.money.round(6) + 0.0 for line in quotas.lines}  # + 0.0: no -0.0
    how = [quotas.account_of(r) for r in range(len(quotas.rep_ids))]
    return columns | {"how it arose": np.array(how, dtype=object)}


def season_columns(problem: Problem, quotas: Quotas, split: Seasons) -> Columns:
    """One row a rep and period; the periods of a rep sum to the quota."""
    n_reps, n_periods = split.quota.shape
    return {
        "rep_id": np.repeat(quotas.rep_ids, n_periods),
        "name": np.repeat(problem.reps.names, n_periods),
        "period": np.array(split.periods * n_reps, dtype=object),
        "quota": split.quota.ravel(),
    }


def level_columns(units: list[Unit]) -> Columns:
    """One row a unit, the company first and the reps last."""
    return {
        "level": np.array([unit.level for unit in units], dtype=object),
        "unit": np.array([unit.path[-1] if unit.path else "" for unit in units], dtype=object),
        "belongs to": np.array([" / ".join(unit.path[:-1]) for unit in units], dtype=object),
        "reps": np.array([unit.reps for unit in units]),
        "quota": np.array([unit.quota for unit in units]),
        "quota below": np.array([unit.below for unit in units]),
        "hedge below": np.array([np.nan if unit.level == REP else unit.hedge for unit in units]),
    }


def method_columns(problem: Problem, found: Mapping[str, Quotas]) -> Columns:
    """One row a rep, one column a method, all for the same goal."""
    any_of = next(iter(found.values()))
    columns: dict[str, Any] = {"rep_id": any_of.rep_ids, "name": problem.reps.names}
    if "quota" in problem.reps.measures:
        columns["quota_today"] = problem.reps.measures["quota"]
    columns |= {"revenue": any_of.baseline.round(2), "potential": any_of.potential.round(2)}
    return columns | {f"quota by {name}": quotas.quota for name, quotas in found.items()}


def write_quotas(chapters: Iterable[Chapter], folder: Path) -> dict[str, Path]:
    """The CSV files of chapters in a folder.

    Where quotas are written anew, months and levels of an earlier run, which follow from other quotas, go.
    """
    from territory_opt.io.outputs import write_csv

    files = {}
    for chapter in chapters:
        files[chapter.file] = folder / chapter.file
        write_csv(files[chapter.file], chapter.columns)
    for stale in {*_SOMETIMES} - {*files} if "quotas.csv" in files else ():
        (folder / stale).unlink(missing_ok=True)
    return files
