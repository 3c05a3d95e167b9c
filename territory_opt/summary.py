"""The summary that a planner reads: plain text, a result in one screen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.result import Result, Status

_SENTENCE = {
    Status.OPTIMAL: "Every wish is met, and no better plan exists.",
    Status.FEASIBLE: "Every wish is met.",
    Status.CLASH: "Some wishes are broken; this is the least bad plan that was found.",
    Status.IMPOSSIBLE: "No plan meets every wish: that is proved. This is the least bad plan that was found.",
}
_CLASHES_SHOWN = 12


def summary(result: Result) -> str:
    """Status, proof, costs against today, balance against today, moves and clashes."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    now, then = result.audit, result.today
    yield f"{result.status.value.upper()}  {_SENTENCE[result.status]}"
    yield proof_sentence(result)
    if result.interrupted:
        yield "Interrupted: the best plan so far."
    yield ""
    yield f"{'money per year':<34}{'today':>16}{'plan':>16}{'change':>16}"
    for name, money in now.terms.items():
        yield _row(name, then.terms.get(name, 0.0), money)
    yield _row("total", then.cost, now.cost)
    yield ""
    yield f"{'balance (1.00 is on target)':<34}{'today':>16}{'plan':>16}{'outside today':>16}{'plan':>7}"
    for before, after in zip(then.meters, now.meters, strict=True):
        spread = f"{_range(before.index):>16}{_range(after.index):>16}"
        outside = f"{np.count_nonzero(before.breach):>16}{np.count_nonzero(after.breach):>7}"
        yield f"{_short(after.label, 34):<34}{spread}{outside}"
    yield ""
    forced = int(now.forced.sum())
    yield f"{int(now.moved.sum()):,} accounts move ({forced:,} forced), {len(now.uncovered):,} stay uncovered"
    yield from _trades(result)
    yield from _clash_lines(result)


def proof_sentence(result: Result) -> str:
    """How far the plan is from the best possible one, in one sentence."""
    if not np.isfinite(result.bound):
        return "No bound was proved before the search stopped."
    return (
        f"Cost {result.objective:,.0f} a year; proved: no plan costs less than {result.bound:,.0f} "
        f"(gap {100 * result.gap:.2f} %), in {result.runtime_s:.1f} s"
    )


def _row(name: str, before: float, after: float) -> str:
    return f"{_short(name, 34):<34}{before:>16,.0f}{after:>16,.0f}{after - before:>+16,.0f}"


def _range(index: np.ndarray) -> str:
    known = index[np.isfinite(index)]
    return f"{known.min():.2f} – {known.max():.2f}" if len(known) else "–"


def _short(text: str, width: int) -> str:
    return text if len(text) < width else text[: width - 2] + "…"


def _trades(result: Result) -> Iterator[str]:
    """Which term got worse, and what was bought for it."""
    now, then = result.audit, result.today
    worse = {k: v - then.terms.get(k, 0.0) for k, v in now.terms.items() if v > then.terms.get(k, 0.0) + 0.5}
    if not worse:
        return
    paid = ", ".join(f"{money:,.0f} more {name}" for name, money in worse.items())
    saved = {k: then.terms.get(k, 0.0) - v for k, v in now.terms.items() if v < then.terms.get(k, 0.0) - 0.5}
    bought = [f"{money:,.0f} less {name}" for name, money in saved.items()]
    for before, after in zip(then.meters, now.meters, strict=True):
        fewer = np.count_nonzero(before.breach) - np.count_nonzero(after.breach)
        if fewer > 0:
            bought.append(f"{fewer} more territories within {after.label}")
    yield f"Traded: {paid} a year for {', '.join(bought) or 'meeting the rules'}."


def _clash_lines(result: Result) -> Iterator[str]:
    if result.clashes:
        yield ""
        yield f"{len(result.clashes)} clashes:"
    for clash in result.clashes[:_CLASHES_SHOWN]:
        yield f"  {clash.wish}, {clash.where}: {clash.message}"
    if len(result.clashes) > _CLASHES_SHOWN:
        yield f"  … and {len(result.clashes) - _CLASHES_SHOWN} more"
