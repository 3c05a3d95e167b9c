"""Potential of accounts from what they and their peers buy, where the planner has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.errors import PolicyError
from territory_opt.forecast.credibility import credible
from territory_opt.forecast.season import without_season
from territory_opt.forecast.territories import history_of
from territory_opt.problem import BoolArray, Problem
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Estimate:
    """Money per year of each account (accounts,).

    potential: what it could buy. revenue: what it can be expected to buy, its own mean drawn towards that
    of its segment. z: trust in its own figures, 0 … 1.
    """

    potential: FloatArray
    revenue: FloatArray
    z: FloatArray
    notes: tuple[str, ...]


def estimate_potential(
    problem: Problem, *, by: str = "segment", size: str | None = None, quantile: float = 0.8, least: int = 10
) -> Estimate:
    """Potential of each account: what the better accounts of its segment buy, for its size where known.

    potential_a = max(expected_a, size_a · q_s). expected_a is the account's yearly revenue per unit of
    size, drawn towards its segment's mean by credibility (`credibility.credible`), times its size; q_s is
    the upper quantile of these over the accounts of segment s that buy at all. Without `size` every size is
    1. Because thin accounts are drawn in first, a single lucky order does not lift the quantile. A benchmark
    of peers, as used in practice; drawing in after Bühlmann (1967).

    Args:
        by: text column of the accounts; those in segments of fewer than `least` buyers, or in none, are
            judged against all accounts. Without the column, all are.
        size: measure that revenue grows with (beds, employees, students).
        quantile: 0.8 for what the best fifth reaches.

    Raises PolicyError for parameters out of range, a measure that is not there, or where nobody buys.
    """
    if not 0 < quantile <= 1:
        raise PolicyError(f"quantile = {quantile:g} must be above 0 and at most 1")
    yearly, seen = _yearly(problem)
    units = np.ones(len(yearly)) if size is None else problem.accounts.measure(size)
    if not (yearly[seen] > 0).any():
        raise PolicyError(
            "nobody buys anything, so that no potential follows from it: give one, or a history"
        )
    rates = np.divide(yearly, units[:, None], out=np.zeros_like(yearly), where=units[:, None] > 0)
    seen &= (units > 0)[:, None]
    benchmark, expected, z = np.zeros(len(units)), np.zeros(len(units)), np.zeros(len(units))
    for rows, peers in _groups(problem, by, np.asarray(seen.any(axis=1)), least):
        found = credible(rates[peers], seen[peers])
        mine = np.isin(peers, rows)
        buys = seen[peers].any(axis=1)
        benchmark[rows] = max(float(np.quantile(found.value[buys], quantile)), 0.0)
        expected[rows], z[rows] = np.maximum(found.value[mine], 0.0), found.z[mine]
    potential = np.maximum(expected, benchmark) * units
    return Estimate(potential, expected * units, z, tuple(_notes(problem, size, quantile, units)))


def with_potential(problem: Problem, **how: object) -> Problem:
    """The same facts with the estimate as potential, where none is given; else the facts as they are."""
    if problem.accounts.measures["potential"].sum() > 0:
        return problem
    found = estimate_potential(problem, **how)  # type: ignore[arg-type]
    measures = {**problem.accounts.measures, "potential": found.potential}
    return replace(problem, accounts=replace(problem.accounts, measures=measures))


def _yearly(problem: Problem) -> tuple[FloatArray, BoolArray]:
    """Revenue at a year's pace in each period, and the periods since the account first bought."""
    if problem.history is None:
        revenue = problem.accounts.measures["revenue"][:, None]
        return revenue, revenue > 0
    history = history_of(problem)
    return without_season(history) * history.per_year, np.cumsum(history.revenue != 0, axis=1) > 0


def _groups(
    problem: Problem, by: str, buys: BoolArray, least: int
) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Accounts, and the peers they are judged against."""
    tags = problem.accounts.tags
    code = tags[by].code if by in tags else np.full(len(buys), -1, np.int32)
    n = np.bincount(code[(code >= 0) & buys], minlength=int(code.max(initial=-1)) + 1)
    large = np.append(n >= max(least, 1), False)[code]
    for segment in np.unique(code[large]):
        rows = np.flatnonzero(code == segment)
        yield rows, rows
    if not large.all():
        yield np.flatnonzero(~large), np.arange(len(code))


def _notes(problem: Problem, size: str | None, quantile: float, units: FloatArray) -> Iterator[str]:
    what = f"revenue per {size}" if size else "revenue"
    basis = (
        f"Potential is estimated: the {what} that the best {1 - quantile:.0%} of comparable accounts reach"
    )
    if problem.history is None:
        yield f"{basis}; without a history, thin accounts could not be told from steady ones."
    else:
        yield f"{basis}, thin accounts drawn towards the mean of their segment."
    if (units <= 0).any():
        yield f"{int((units <= 0).sum()):,} accounts have no {size}: their potential is 0."
