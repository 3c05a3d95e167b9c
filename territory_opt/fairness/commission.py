"""Commission that each territory holds: what a rep could earn there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.fairness.envy import judged
from territory_opt.policy.words import counted, listed
from territory_opt.problem import Accounts, Problem
from territory_opt.travel.place import FloatArray

RATE, PROBABILITY, SEGMENT = "commission_rate", "probability", "segment"


@dataclass(frozen=True)
class Commission:
    """Commission available to each rep, shape (reps,); NaN for one without a rate or who leaves.

    expected: potential × probability of the book. index: commission per unit of share, over the force's mean
    of it: 1.00 is even. notes: what was taken where the facts say nothing.
    """

    rate: FloatArray
    expected: FloatArray
    share: FloatArray
    notes: tuple[str, ...]

    @property
    def available(self) -> FloatArray:
        """Money per year."""
        return self.rate * self.expected

    @property
    def index(self) -> FloatArray:
        """Per unit of share, 1.00 is the mean over all shares; NaN where nothing is known or earned."""
        known = np.isfinite(self.available)
        total = float(self.available[known].sum())
        mean = total / float(self.share[known].sum()) if total > 0 else np.nan
        return self.available / self.share / mean


def commission(
    problem: Problem,
    alignment: Alignment,
    *,
    rate: str = RATE,
    probability: str = PROBABILITY,
    by_segment: Mapping[str, float] | None = None,
) -> Commission:
    """Commission in the book of each rep: rate × Σ potential × probability of winning it.

    rate: the reps' column, as a share of sales. probability: the accounts' column, 0 to 1; an account without
    one has that of its segment in `by_segment`, else 1, and the notes say how many. Source: what a territory
    lets its rep earn, Zoltners, Sinha & Lorimer (2006), The Complete Guide to Sales Force Incentive
    Compensation. By hand: 2 % of an account of 100,000 that is won half the time is 1,000.

    Raises PolicyError with every fault: a column that is not there, a rate or probability outside 0 to 1, an
    unknown segment.
    """
    faults = list(_faults(problem, rate, probability, by_segment or {}))
    if faults:
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    chance, notes = _chances(problem, probability, by_segment or {})
    stays = np.zeros(len(problem.reps), bool)
    stays[judged(problem.reps)] = True
    rates = np.where(stays, problem.reps.measures[rate], np.nan)
    missing = problem.reps.ids[stays & np.isnan(rates)]
    if len(missing):
        notes.append(f"no {rate}, so no commission: {listed(missing)}")
    expected = alignment.total(problem.accounts.measures["potential"] * chance, len(problem.reps))
    return Commission(rates, expected, np.where(stays, problem.reps.share, np.nan), tuple(notes))


def _faults(problem: Problem, rate: str, probability: str, by_segment: Mapping[str, float]) -> Iterator[str]:
    reps, accounts = problem.reps, problem.accounts
    if rate not in reps.measures:
        yield f"reps have no column {rate!r}. {did_you_mean(rate, reps.measures)}"
    else:
        yield from _outside(f"{rate} of reps", reps.ids, reps.measures[rate])
    if probability in accounts.measures or probability in accounts.tags:
        yield from _outside(f"{probability} of accounts", accounts.ids, _stated(accounts, probability))
        odd = [text for text in _texts(accounts, probability) if math.isnan(_number(text))]
        if odd:
            yield f"{probability} of accounts must be numbers: {listed(odd)}"
    elif probability != PROBABILITY:
        yield f"accounts have no column {probability!r}. {did_you_mean(probability, accounts.measures)}"
    segments = accounts.tags[SEGMENT].names if SEGMENT in accounts.tags else ()
    for name, chance in by_segment.items():
        if name not in segments:
            yield f"no account has the segment {name!r}. {did_you_mean(name, segments)}"
        if not 0 <= chance <= 1:
            yield f"probability of segment {name!r} = {chance} must be between 0 and 1"


def _outside(what: str, ids: np.ndarray, values: FloatArray) -> Iterator[str]:
    wrong = ids[~((values >= 0) & (values <= 1)) & ~np.isnan(values)]
    if len(wrong):
        yield f"{what} must be between 0 and 1 (0.02 is 2 %): {listed(wrong)}"


def _stated(accounts: Accounts, column: str) -> FloatArray:
    """A column of numbers, NaN where it is empty; one with gaps has come as texts."""
    if column in accounts.measures:
        return accounts.measures[column]
    known = [*map(_number, _texts(accounts, column)), math.nan]
    code = accounts.tags[column].code if column in accounts.tags else np.full(len(accounts), -1)
    return np.array(known)[code]


def _texts(accounts: Accounts, column: str) -> tuple[str, ...]:
    return accounts.tags[column].names if column in accounts.tags else ()


def _number(text: str) -> float:
    """The number that a text is, with a point or a comma; NaN for any other text."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def _chances(
    problem: Problem, probability: str, by_segment: Mapping[str, float]
) -> tuple[FloatArray, list[str]]:
    """Probability of each account, and what was taken where none is given."""
    accounts = problem.accounts
    chance = _stated(accounts, probability)
    if by_segment and SEGMENT in accounts.tags:
        segment = accounts.tags[SEGMENT]
        known = np.array([*(by_segment.get(name, np.nan) for name in segment.names), np.nan])
        chance = np.where(np.isnan(chance), known[segment.code], chance)
    unknown = int(np.isnan(chance).sum())
    if unknown == 0:
        return chance, []
    who = "any account" if unknown == len(accounts) else counted(unknown, "account")
    note = f"no {probability} is known of {who}: 1 was taken, all of the potential"
    return np.where(np.isnan(chance), 1.0, chance), [note]
