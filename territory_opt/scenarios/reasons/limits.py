"""What a band or a cap holds back: how hard it presses on whom, what room saves, where it stops to bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from territory_opt.audit import MeterCount
from territory_opt.policy import AccountCount, Balance, Capacity, MoveCap, Stability
from territory_opt.policy.words import unit_of
from territory_opt.problem import ACCOUNTS
from territory_opt.result import Result
from territory_opt.scenarios.changes import Change, Instead, Without
from territory_opt.scenarios.changes.wishes import label_of, wider
from territory_opt.scenarios.exchange import deviation_of
from territory_opt.scenarios.reasons.answer import Explained, plan_of, saving_of
from territory_opt.scenarios.reasons.wishes import meter_of, recounted, wish_of
from territory_opt.scenarios.scenario import Scenario
from territory_opt.solve import Stop
from territory_opt.travel.place import FloatArray

_CAPS = (MoveCap, Stability, Capacity, AccountCount)
POINT = 0.01  # of a target: what a band is widened by


def explain_band(scenario: Scenario, band: str, *, stop: Stop | None = None, seed: int = 1) -> Explained:
    """What a band costs: on whom it presses, what a point of width saves, from which width on it is free.

    band: its label (`potential within 15 %`) or its measure. stop: of each of two counter-questions, a band
    one point wider and none at all; without it, only what prices prove is said.

    figures: `saving`, of a point; with a stop `cost`, of the whole band, and `free_from`, the width from
    which on that plan without the band keeps it: nothing is saved beyond.

    Raises PolicyError when there is no such band, or no plan.
    """
    result, wish = plan_of(scenario), wish_of(scenario, band, (Balance,), "band")
    meter = meter_of(result, wish)
    saving, relaxed = saving_of(scenario, Instead(wish, wider(wish, POINT)), stop, seed)
    currency = scenario.problem.currency
    known = meter.index[np.isfinite(meter.index)]
    spread = f"indices from {known.min():.2f} to {known.max():.2f}" if len(known) else "no rep has a target"
    said = [f"{meter.label}: {spread}, {int(meter.outside.sum())} of {int(meter.judged.sum())} outside."]
    said += list(_pressed(scenario, result, meter))
    said.append(f"One point wider ({label_of(wider(wish, POINT))}) {saving.said(currency)}.")
    figures = {"saving": saving.found if stop is not None else saving.most}
    if stop is not None:
        cost, without = saving_of(scenario, Without(label_of(wish)), stop, seed)
        free = deviation_of(recounted(without, wish))
        said.append(f"To leave it out {cost.said(currency)}; from ±{100 * free:.1f} % on it costs nothing.")
        figures |= {"cost": cost.found, "free_from": free}
    return Explained(tuple(said), _rows(scenario, result, meter), saving, relaxed, figures)


def explain_cap(scenario: Scenario, cap: str, *, stop: Stop | None = None, seed: int = 1) -> Explained:
    """What a cap costs: how much of it is used, what a little more saves, from where on it is free.

    cap: its label (`at most 5 % of accounts moved`), its word (`move_cap`, `capacity`, `account_count`) or
    its measure. stop: as in `explain_band`. A cap on moves is raised by one account, or by a hundredth; where
    there is a limit for each rep, all are left out.

    figures: `saving`, of that change; with a stop `cost`, of the whole cap, and for a cap on all moves
    `free_from`: the load that the plan without it has.

    Raises PolicyError when there is no such cap, or no plan.
    """
    result, wish = plan_of(scenario), wish_of(scenario, cap, _CAPS, "cap")
    meter, currency = meter_of(result, wish), scenario.problem.currency
    change, words = _raised(wish, meter, currency)
    saving, raised = saving_of(scenario, change, stop, seed)
    said = [*_used(meter, currency), *_pressed(scenario, result, meter), f"{words} {saving.said(currency)}."]
    figures = {"saving": saving.found if stop is not None else saving.most}
    if stop is not None:
        cost, without = saving, raised
        if isinstance(change, Instead):
            cost, without = saving_of(scenario, Without(label_of(wish)), stop, seed)
            said.append(f"To leave it out {cost.said(currency)}.")
        figures |= {"cost": cost.found}
        if len(meter.bins) == 1:
            load = float(recounted(without, wish).load[0])
            unit = unit_of(meter.measure, currency, load)
            said.append(f"Without it {load:,.0f} {unit} would move: from there on it costs nothing.")
            figures |= {"free_from": load}
    return Explained(tuple(said), _rows(scenario, result, meter), saving, raised, figures)


def _raised(wish: Any, meter: MeterCount, currency: str) -> tuple[Change, str]:
    """A cap that is a little higher, or left out where there is one for each rep; and how that is said."""
    if not isinstance(wish, MoveCap) or wish.per_rep:
        return Without(label_of(wish)), "To leave it out"
    most = float(meter.high[0])
    more = 1.0 if wish.measure == ACCOUNTS else 0.01 * most
    said = f"{more:,.0f} {unit_of(wish.measure, currency, more)}"
    return Instead(wish, replace(wish, share=None, at_most=most + more)), f"{said} more"


def _used(meter: MeterCount, currency: str) -> Iterator[str]:
    """How much of a cap is used."""
    limited = np.isfinite(meter.low) | np.isfinite(meter.high)
    if len(meter.bins) > 1:
        yield f"{meter.label}: {int(meter.outside.sum())} of {int(limited.sum())} limits broken."
        return
    load, most = float(meter.load[0]), float(meter.high[0])
    yield f"{meter.label}: {load:,.0f} of at most {most:,.0f} {unit_of(meter.measure, currency, most)}."


def _pressed(scenario: Scenario, result: Result, meter: MeterCount) -> Iterator[str]:
    """On whom a wish presses, and on whom the most, by its shadow prices."""
    price = result.known_prices.get(meter.label)
    if price is None:
        yield "Its shadow prices are not known: the plan was not searched for under these wishes."
        return
    pressed = np.flatnonzero(np.abs(price * meter.scale) >= 1.0)
    if len(pressed) == 0:
        yield "It presses on nobody."
        return
    b = int(pressed[np.abs(price * meter.scale)[pressed].argmax()])
    name = scenario.problem.reps.names[b] if meter.by_rep else meter.bins[b]
    unit = unit_of(meter.measure, scenario.problem.currency, 1.0)
    money = f"{abs(price[b]):,.2f} {scenario.problem.currency} a year"
    room = "taking on less than the least" if price[b] < 0 else "taking on more than the most"
    which = f"the most on {name}" if len(meter.bins) > 1 else "by prices"
    yield f"It presses on {len(pressed)} of {len(price)}, {which}: {room} would save {money} for each {unit}."


def _rows(scenario: Scenario, result: Result, meter: MeterCount) -> tuple[dict[str, object], ...]:
    price: FloatArray = result.known_prices.get(meter.label, np.full(len(meter.bins), np.nan))
    names = scenario.problem.reps.names if meter.by_rep else meter.bins
    rows = []
    for b in np.flatnonzero(np.isfinite(meter.low) | np.isfinite(meter.high)).tolist():
        edge = meter.high[b] if price[b] > 0 else meter.low[b] if price[b] < 0 else np.nan
        rows.append(
            {
                "where": meter.bins[b],
                "name": str(names[b]),
                "load": round(float(meter.load[b]), 2),
                "index": round(float(meter.index[b]), 4),
                "least": round(float(meter.low[b]), 2),
                "most": round(float(meter.high[b]), 2),
                "presses at": round(float(edge), 2),
                "price per unit": round(float(price[b]), 4),
            }
        )
    return tuple(rows)
