"""Quotas by several methods, judged on a year that is over, beside those that were really set.

    python -m benchmarks.quotas --history FOLDER [--instance instances/adventureworks] [--json]

FOLDER holds `SalesPerson.csv` (BusinessEntityID, SalesYTD, SalesLastYear) and `SalesPersonQuotaHistory.csv`
(BusinessEntityID, QuotaDate, SalesQuota). Every method shares out one goal, the sum of the last four quotas
that were set, on what each rep sold the year before and on the potential of his accounts in the instance; all
are judged by what each sold in the year. The real quotas were set quarter by quarter, so they could know
of the year what no method on the year before can. A rep who sold nothing the year before had no book to set a
quota on, and is left out with those who hold no account in the instance.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import territory_opt as to
from territory_opt.quota import Backtest, Quotas, judge_year, quotas_by_all

REAL = "as really set"
_QUARTERS = 4


@dataclass(frozen=True)
class Record:
    """Of each rep who can be judged: sales of both years, the year's quota, and the potential he holds."""

    rep_ids: list[str]
    before: np.ndarray
    after: np.ndarray
    quota: np.ndarray
    potential: np.ndarray


def read_record(history: Path, instance: Path) -> Record:
    """The record of the reps who are in all tables; ValueError says what is missing."""
    people = {row["BusinessEntityID"]: row for row in _rows(history / "SalesPerson.csv")}
    quotas = defaultdict(list)
    for row in sorted(_rows(history / "SalesPersonQuotaHistory.csv"), key=lambda row: row["QuotaDate"]):
        quotas[row["BusinessEntityID"]].append(float(row["SalesQuota"]))
    problem = to.read(instance)
    held = to.Alignment.today(problem).total(problem.accounts.measures["potential"], len(problem.reps))
    potential = dict(zip(problem.reps.ids, held, strict=True))
    reps = sorted(
        rep
        for rep, row in people.items()
        if potential.get(rep, 0) > 0 and float(row["SalesLastYear"]) > 0 and len(quotas[rep]) >= _QUARTERS
    )
    if not reps:
        raise ValueError(f"no rep of {history} sold anything the year before and is in {instance}")
    return Record(
        reps,
        np.array([float(people[rep]["SalesLastYear"]) for rep in reps]),
        np.array([float(people[rep]["SalesYTD"]) for rep in reps]),
        np.array([sum(quotas[rep][-_QUARTERS:]) for rep in reps]),
        np.array([potential[rep] for rep in reps]),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def books(record: Record) -> tuple[to.Problem, to.Alignment]:
    """Each rep's book as one account: the sales of the people are known, those of their accounts are not."""
    measures = {"revenue": record.before, "potential": record.potential}
    problem = to.Problem(to.Accounts.of(record.rep_ids, measures=measures), to.Reps.of(record.rep_ids))
    return problem, to.Alignment(np.arange(len(record.rep_ids)))


def by_methods(record: Record) -> dict[str, Quotas]:
    """Quotas by every method for the goal that was really set."""
    problem, alignment = books(record)
    goal = float(record.quota.sum())
    return dict(quotas_by_all(problem, alignment, goal=goal)[0])


def really_set(record: Record) -> Quotas:
    """The quotas of the record."""
    return Quotas(
        rep_ids=np.array(record.rep_ids, dtype=object),
        goal=float(record.quota.sum()),
        over_assignment=0.0,
        quota=record.quota,
        baseline=record.before,
        potential=record.potential,
        share=np.ones(len(record.quota)),
        lines=(),
        basis="the sum of four quarters",
    )


def backtest(record: Record, quotas: Mapping[str, Quotas]) -> Backtest:
    """The quotas that were set and those by methods, judged on what was sold."""
    return judge_year({REAL: really_set(record), **quotas}, record.after)


def report(record: Record, found: Backtest) -> str:
    """The table, the fairest, and what each fails."""
    columns = ("quotas", "tests failed", "deviation", "slope on size", "slope on potential", "fails")
    lines = ["| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    lines += ["| " + " | ".join(str(row[c]) for c in columns) + " |" for row in found.rows()]
    level = next(iter(found.years.values())).level
    said = f"{len(record.rep_ids)} reps; the whole force made {100 * level:.1f} % of its quotas. "
    known = float(np.corrcoef(record.before, record.after)[0, 1]) if len(record.rep_ids) > 2 else np.nan
    said += (
        f"Sales of the two years have a correlation of {known:.2f}: what no method can know, none can share."
    )
    fairest = next(name for name in found.years if name != REAL)
    return "\n".join([*lines, "", said, str(found), f"Fairest of the methods: {fairest}."])


def main(words: list[str] | None = None) -> int:
    """Print which quotas were fairest; the last line is JSON with --json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quotas", description=__doc__)
    parser.add_argument("--history", type=Path, required=True, help="folder of the history")
    parser.add_argument("--instance", type=Path, default=Path("instances/adventureworks"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    try:
        record = read_record(given.history, given.instance)
        found = backtest(record, by_methods(record))
    except (OSError, KeyError, ValueError) as error:
        print(f"cannot judge {given.history}: {error}", file=sys.stderr)
        return 2
    print(report(record, found))
    if given.json:
        print(json.dumps({"fairest": found.fairest, "reps": len(record.rep_ids), "quotas": found.rows()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
