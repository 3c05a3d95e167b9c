"""The tests that a set of quotas must stand, each with a value, a flag and a sentence.

What is tested is practice: attainment and pay that follow the effort and not the book, Zoltners, Sinha &
Lorimer (2006), "The Complete Guide to Sales Force Incentive Compensation", on the quality of quotas. How far
apart is too far is a choice, made by the constants below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.problem import TextArray
from territory_opt.quota.association import Slope, rank_correlation, slope
from territory_opt.travel.place import FloatArray

CONFIDENCE = 0.95
#: Attainment that goes up or down by less over all books is nobody's grievance, however regular it is.
NEGLIGIBLE = 0.005
#: Practice: a fifth of the reps below the threshold, three fifths around the target, a fifth excellent.
USUAL_BUCKETS = (0.20, 0.60, 0.20)
TAIL_MARGIN = 0.10  # by so much, or by one rep, a tail may be larger
MOST_APART = 0.20  # chances of making the quota may differ by 20 points
PAY_MARGIN = 0.10  # expected pay may differ by 10 % from the mean
_FEWEST, _FEWEST_FOR_A_LINE = 3, 5  # a line through fewer would say nothing, whatever its interval


@dataclass(frozen=True)
class Verdict:
    """One test. fair: None where nothing can be said. low, high: what the value may be, or its interval.

    sentence: what was found, in the planner's words; where the test fails, also what to do.
    """

    test: str
    value: float
    low: float
    high: float
    fair: bool | None
    sentence: str

    def as_dict(self) -> dict[str, object]:
        """Plain values, one row of a table."""
        return {
            "test": self.test,
            "fair": {True: "yes", False: "no", None: "cannot be told"}[self.fair],
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "sentence": self.sentence,
        }


#: What more weight in the quotas would do, by what the attainment goes with and whether it falls with it.
_MENDS = {
    ("size", True): "quotas ask too much of large books: share less of the goal by today's revenue",
    ("size", False): "quotas ask too little of large books: share more of the goal by today's revenue",
    ("potential", True): "quotas ask too much where potential is high: give potential less weight",
    ("potential", False): "quotas ask too little where potential is high: give potential more weight",
}


def slope_verdict(of: str, book: FloatArray, attainment: FloatArray) -> tuple[Verdict, Slope]:
    """Whether attainment rises or falls with the books; wanted: an interval of the slope that holds 0.

    of: "size" or "potential". book: (reps,), any unit; it counts in average books, so that the slope is the
    change of attainment for one average book more and free of scale.
    """
    known = np.isfinite(attainment)
    mean = float(book[known].mean()) if known.any() else 0.0
    line = slope(book / mean if mean > 0 else np.zeros(len(book)), attainment, CONFIDENCE)
    test = f"slope on {of}"
    if not line.known or line.n < _FEWEST_FOR_A_LINE:
        why = _why_no_slope(line.n, of)
        return Verdict(test, line.value, line.low, line.high, None, why), line
    over_all = abs(line.value) * float(np.ptp(book[known]) / mean)
    fair = bool(line.low <= 0 <= line.high or over_all < NEGLIGIBLE)
    said = (
        f"One average book more of {of} goes with {_points(line.value)} of attainment "
        f"({100 * CONFIDENCE:g} % interval {_signed(line.low)} to {_signed(line.high)})"
    )
    end = "" if fair else f": {_MENDS[of, line.value < 0]}"
    return Verdict(test, line.value, line.low, line.high, fair, f"{said}{end}."), line


def rank_verdict(of: str, book: FloatArray, attainment: FloatArray) -> Verdict:
    """Whether large books come first or last in attainment; wanted: no rank correlation that is no chance."""
    test = f"rank correlation with {of}"
    rho, p = rank_correlation(book, attainment)
    alpha = 1 - CONFIDENCE
    n = int(np.isfinite(attainment).sum())
    if not np.isfinite(rho) or n < _FEWEST_FOR_A_LINE:
        same = n >= _FEWEST_FOR_A_LINE and np.nanstd(attainment) < NEGLIGIBLE
        why = "All reps attain the same." if same else _why_no_slope(n, of)
        return Verdict(test, rho, -1.0, 1.0, True if same else None, why)
    spread = float(np.nanmax(attainment) - np.nanmin(attainment))
    fair = bool(p >= alpha or spread < NEGLIGIBLE)
    said = f"Rank correlation of {of} and attainment {rho:+.2f} (p = {p:.2g})"
    end = "" if fair else f": {_MENDS[of, rho < 0]}"
    return Verdict(test, rho, -1.0, 1.0, fair, f"{said}{end}.")


def bucket_verdict(
    buckets: FloatArray, threshold: float, excellence: float, *, relative: bool = False
) -> Verdict:
    """Whether 20–60–20 holds: no tail larger than usual by more than a tenth, or by more than one rep.

    buckets: probability of each rep to end in each (reps, 3); of years that are over, 0 or 1. relative: they
    are about attainment ÷ that of the whole force. The value is the larger excess of a tail. Practice:
    Zoltners, Sinha & Lorimer (2006), on the spread of attainment.
    """
    known = np.isfinite(buckets).all(axis=1)
    n = int(known.sum())
    if n < _FEWEST:
        return Verdict("20–60–20", np.nan, 0.0, TAIL_MARGIN, None, _too_few(n))
    below, around, above = buckets[known].mean(axis=0)
    margin = max(TAIL_MARGIN, 1 / n)
    excess = (below - USUAL_BUCKETS[0], above - USUAL_BUCKETS[2])
    value = float(max(excess))
    what = "what the whole force attains" if relative else "the quota"
    said = (
        f"{_percent(below)} of the reps end below {_percent(threshold)} of {what}, {_percent(around)} around "
        f"it and {_percent(above)} at {_percent(excellence)} or more, where 20, 60 and 20 % are usual"
    )
    fair = bool(value <= margin + 1e-9)
    end = ""
    if not fair and relative:
        end = ": the goal was shared unevenly"
    elif not fair and min(excess) > 0:
        end = ": too hard for many and too easy for many, so check how evenly the goal is shared"
    elif not fair:
        word = "hard" if excess[0] >= excess[1] else "easy"
        end = f": too {word} for many, so check the goal, and how evenly it is shared"
    elif around > USUAL_BUCKETS[1] + 2 * margin:
        end = "; so few ends that pay for excellence hardly differs"
    return Verdict("20–60–20", value, float("-inf"), margin, fair, f"{said}{end}.")


def chance_verdict(rep_ids: TextArray, chance: FloatArray) -> Verdict:
    """Whether all have about the same chance to make the quota: no two further apart than 20 points."""
    known = np.flatnonzero(np.isfinite(chance))
    if len(known) < 2:
        return Verdict("equal chances", np.nan, 0.0, MOST_APART, None, _too_few(len(known)))
    least, most = known[chance[known].argmin()], known[chance[known].argmax()]
    value = float(chance[most] - chance[least])
    fair = value <= MOST_APART
    said = (
        f"Chances to make the quota run from {_percent(chance[least])} ({rep_ids[least]}) to "
        f"{_percent(chance[most])} ({rep_ids[most]})"
    )
    end = "" if fair else ": the same work does not give the same chance, so compare these two books"
    return Verdict("equal chances", value, 0.0, MOST_APART, bool(fair), f"{said}{end}.")


def pay_verdict(rep_ids: TextArray, pay: FloatArray) -> Verdict:
    """Whether the same effort is expected to pay the same, per 1.00 of variable pay on target."""
    known = np.flatnonzero(np.isfinite(pay))
    if len(known) < 2 or not pay[known].mean() > 0:
        why = _too_few(len(known)) if len(known) < 2 else _NO_PAY
        return Verdict("expected pay", np.nan, 0.0, PAY_MARGIN, None, why)
    relative = pay[known] / pay[known].mean() - 1
    value = float(np.abs(relative).max())
    least, most = known[relative.argmin()], known[relative.argmax()]
    fair = value <= PAY_MARGIN
    said = (
        f"Of 1.00 of variable pay on target, the books are expected to pay {pay[least]:.2f} "
        f"({rep_ids[least]}) to {pay[most]:.2f} ({rep_ids[most]})"
    )
    end = "" if fair else ": pay follows the book more than the effort, so even out quotas or books"
    return Verdict("expected pay", value, 0.0, PAY_MARGIN, bool(fair), f"{said}{end}.")


def association_verdicts(
    size: FloatArray, potential: FloatArray, attainment: FloatArray
) -> Iterator[tuple[Verdict, Slope | None]]:
    """Slope and rank correlation on both; all (reps,), NaN in attainment where there is nothing to judge."""
    for of, book in (("size", size), ("potential", potential)):
        yield slope_verdict(of, book, attainment)
        yield rank_verdict(of, book, attainment), None


def alike(attainment: FloatArray) -> bool:
    """Whether all who have a quota attain the same, but for what is nobody's grievance."""
    known = attainment[np.isfinite(attainment)]
    return bool(len(known) and np.ptp(known) < NEGLIGIBLE)


def by_construction(verdict: Verdict) -> Verdict:
    """A test that holds since quotas and expected sales were made from the same figures: it tells nothing."""
    if verdict.fair is None:
        return verdict
    return replace(verdict, fair=None, sentence=_SAME_FIGURES)


_SAME_FIGURES = (
    "Quotas and expected sales are both today's revenue at one rate, so that all attain the same by "
    "construction: whether attainment goes with the books cannot be told without a forecast of the accounts."
)


def _why_no_slope(n: int, of: str) -> str:
    if n < _FEWEST_FOR_A_LINE:
        return _too_few(n)
    return (
        f"The books hardly differ in {of}, or only one does: whether attainment goes with it cannot be told."
    )


_NO_PAY = "No book is expected to pay anything: whether pay is even cannot be told."


def _too_few(n: int) -> str:
    who = {0: "No rep has", 1: "Only one rep has"}.get(n, f"Only {n} reps have")
    return f"{who} a quota and a book to judge: that is too few to compare."


def _points(change: float) -> str:
    points = abs(100 * change)
    return f"{points:,.1f} points {'less' if change < 0 else 'more'}" if points >= 0.05 else "no more or less"


def _signed(change: float) -> str:
    return f"{round(100 * change, 1) + 0.0:+,.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
