"""The summary that a planner reads: plain text, a result in one screen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.audit import MeterCount
from territory_opt.policy import Disruption
from territory_opt.policy.words import counted
from territory_opt.result import Result, Status

_SENTENCE = {
    Status.OPTIMAL: "Every wish is met, and no better plan exists.",
    Status.FEASIBLE: "Every wish is met.",
    Status.CLASH: "Some wishes are broken; this is the least bad plan that was found.",
    Status.IMPOSSIBLE: "No plan meets every wish: that is proved. This is the least bad plan that was found.",
}
_GIVEN = {Status.FEASIBLE: "Every wish is met.", Status.CLASH: "Some wishes are broken."}
_LOST = "sales lost to"
_CLASHES_SHOWN = 12


def summary(result: Result) -> str:
    """Status, proof, costs against today, balance against today, moves and clashes."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    now, then = result.audit, result.today
    yield f"{result.status.value.upper()}  {status_sentence(result)}"
    yield proof_sentence(result)
    if result.interrupted:
        yield "Interrupted: the best plan so far."
    yield ""
    yield f"{f'{now.currency} a year':<34}{'today':>16}{'plan':>16}{'change':>16}"
    for name, money in now.terms.items():
        yield _row(name, then.terms.get(name, 0.0), money)
    yield _row("total", then.cost, now.cost)
    yield ""
    yield f"{'balance (1.00 is on target)':<34}{'today':>16}{'plan':>16}{'outside today':>16}{'plan':>10}"
    for before, after in zip(then.meters, now.meters, strict=True):
        spread = f"{_range(before.index):>16}{_range(after.index):>16}"
        yield f"{_short(after.label, 34):<34}{spread}{_outside(before):>16}{_outside(after):>10}"
    yield ""
    yield changes_sentence(result)
    yield from against_today(result)
    yield from _clash_lines(result)


def status_sentence(result: Result) -> str:
    """What is known of the plan; of one that no search made, only whether it keeps the wishes."""
    said = _SENTENCE[result.status] if result.searched else _GIVEN[result.status]
    return f"{said} {result.why_impossible}".strip()


def proof_sentence(result: Result) -> str:
    """What the plan costs, and how far it is from the best possible one."""
    count = result.audit
    cost = f"Cost {count.cost:,.0f} {count.currency} a year"
    if count.breach_cost > 0:
        cost += ", broken wishes not counted"
    if not result.searched:
        return f"{cost}; recounted as it was given, so nothing is said about better plans."
    if not np.isfinite(result.bound):
        return f"{cost}; the search was stopped before it had proved anything about better plans."
    gap = f"gap {100 * result.gap:.2f} %), in {result.runtime_s:.1f} s"
    if count.breach_cost > 0:
        return (
            f"{cost}. To compare plans, the search adds a penalty of {count.breach_cost:,.0f} for loads "
            f"outside their bands, {result.objective:,.0f} in all; proved: no plan has less than "
            f"{result.bound:,.0f} ({gap}"
        )
    return f"{cost}; proved: no plan costs less than {result.bound:,.0f} ({gap}"


def changes_sentence(result: Result) -> str:
    """How many accounts change hands, and how many nobody serves."""
    now = result.audit
    moved, forced = int(now.moved.sum()), int(now.forced.sum())
    assigned, dropped = int(now.assigned.sum()), int(now.dropped.sum())
    parts = [f"{counted(moved, 'account moves', 'accounts move')} ({forced:,} forced)"]
    if assigned:
        parts.append(f"{assigned:,} newly assigned")
    if dropped:
        parts.append(f"{dropped:,} not covered any more")
    return ", ".join([*parts, f"{len(now.uncovered) - dropped:,} stay uncovered"])


def _row(name: str, before: float, after: float) -> str:
    return f"{_short(name, 34):<34}{before:>16,.0f}{after:>16,.0f}{after - before:>+16,.0f}"


def _range(index: np.ndarray) -> str:
    known = index[np.isfinite(index)]
    return f"{known.min():.2f} – {known.max():.2f}" if len(known) else "–"


def _outside(meter: MeterCount) -> str:
    return f"{meter.outside.sum()} of {meter.judged.sum()}"


def _short(text: str, width: int) -> str:
    return text if len(text) < width else text[: width - 2] + "…"


def against_today(result: Result) -> Iterator[str]:
    """What gets worse and what gets better, a line each, where anything does."""
    worse: list[str] = []
    better: list[str] = []
    for name, money in result.audit.terms.items():
        change = money - result.today.terms.get(name, 0.0)
        if abs(change) > 0.5:
            (worse if change > 0 else better).append(_money(result, name, change))
    for before, after in zip(result.today.meters, result.audit.meters, strict=True):
        fewer = int(before.outside.sum()) - int(after.outside.sum())
        if fewer:
            (better if fewer > 0 else worse).append(_kept(after, fewer))
    if worse:
        yield f"Worse than today: {'; '.join(worse)}."
    if better:
        yield f"Better than today: {'; '.join(better)}."


def _money(result: Result, term: str, change: float) -> str:
    name = {"fit": f"{_LOST} a poor fit"}.get(term, term.replace("imbalance", f"{_LOST} imbalance"))
    said = f"{abs(change):,.0f} {result.audit.currency} a year {'more' if change > 0 else 'less'} {name}"
    forced = result.audit.forced_disruption
    if term != Disruption.name or change <= 0:
        return said
    part = "all" if forced >= change - 0.5 else "none" if forced < 0.5 else f"{forced:,.0f}"
    return f"{said} ({part} of it forced)"


def _kept(meter: MeterCount, fewer_outside: int) -> str:
    """By how much a wish is better or worse kept; one of the whole force is kept or not."""
    if len(meter.bins) == 1 and not meter.by_rep:
        return f'"{meter.label}" {"kept" if fewer_outside > 0 else "not kept"}'
    word = "more" if fewer_outside > 0 else "fewer"
    many, one = ("territories keep", "territory keeps") if meter.by_rep else ("groups keep", "group keeps")
    number = abs(fewer_outside)
    return f'{number:,} {word} {one if number == 1 else many} "{meter.label}"'


def _clash_lines(result: Result) -> Iterator[str]:
    if result.clashes:
        yield ""
        yield f"{counted(len(result.clashes), 'clash', 'clashes')}:"
    for clash in result.clashes[:_CLASHES_SHOWN]:
        yield f"  {clash.wish}, {clash.where}: {clash.message}"
    if len(result.clashes) > _CLASHES_SHOWN:
        yield f"  … and {len(result.clashes) - _CLASHES_SHOWN:,} more"
