"""A design in a planner's words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.design.level_words import level_lines, unit_of
from territory_opt.design.seats import tame
from territory_opt.policy.words import counted
from territory_opt.result import Status
from territory_opt.travel import great_circle_km

if TYPE_CHECKING:
    from territory_opt.design.plan import Design
    from territory_opt.design.splitting import Split

_SENTENCE = {
    Status.OPTIMAL: "Every wish is met, and no better design exists.",
    Status.FEASIBLE: "Every wish is met.",
    Status.CLASH: "Some wishes are broken; this is the least bad design that was found.",
    Status.IMPOSSIBLE: "No design meets every wish: that is proved. This is the least bad one found.",
}
_FAULTS_SHOWN, _SPLITS_SHOWN = 12, 4


def summary(design: Design) -> str:
    """Status, proof, balance, one line a territory, what is broken."""
    return "\n".join(_lines(design))


def _lines(design: Design) -> Iterator[str]:
    yield f"{design.status.value.upper()}  {_SENTENCE[design.status]} {design.why_impossible}".strip()
    where = ", each in one piece" if design.wishes.contiguous else ""
    size = f"{counted(design.k, 'territory', 'territories')}{where}, {len(design.alignment):,} accounts"
    yield f"{size}, {design.mean_km:,.1f} km to an account on average"
    yield _proof(design)
    if design.splits:
        yield _cut(design.splits)
    for meter in design.audit.meters:
        low, high = design.balance[meter.measure]
        yield f"{meter.label}: {low:.2f} – {high:.2f} (1.00 is on target)"
    yield from level_lines(design)
    yield from _staff_lines(design)
    for fault in design.faults[:_FAULTS_SHOWN]:
        yield f"broken: {fault}"
    if len(design.faults) > _FAULTS_SHOWN:
        yield f"… and {len(design.faults) - _FAULTS_SHOWN:,} more"


def _cut(splits: Sequence[Split]) -> str:
    """Which areas were cut, the largest first."""
    order = sorted(splits, key=lambda split: -split.territories)
    told = [f"{tame(split.name)} into {len(split.parts)}" for split in order[:_SPLITS_SHOWN]]
    more = len(splits) - len(told)
    said = ", ".join(told) + (f" and {counted(more, 'more', 'more')}" if more else "")
    cut = counted(len(splits), "area was cut along its accounts", "areas were cut along their accounts")
    return f"{cut}: {said}"


def split_rows(design: Design) -> list[dict[str, Any]]:
    """One row a part of an area that was cut: both ids, the accounts in it, the seat that has it."""
    areas, held = design.problem.areas, design.alignment.rep_of_area
    if areas is None or held is None:
        return []
    row = {str(area): i for i, area in enumerate(areas.ids)}
    inside = np.bincount(design.problem.accounts.area + 1, minlength=len(areas) + 1)[1:]
    return [
        {
            "area_id": split.area_id,
            "name": split.name,
            "part_id": part,
            "accounts": int(inside[row[part]]),
            "km2": round(float(areas.area_km2[row[part]]), 2),
            "rep_id": str(design.problem.reps.ids[held[row[part]]]),
        }
        for split in design.splits
        for part in split.parts
    ]


def _staff_lines(design: Design) -> Iterator[str]:
    """What changes for the reps of today, where the design is staffed."""
    owned = int((design.problem.accounts.owner >= 0).sum())
    if not owned:
        return
    if "travel" in design.audit.terms:
        money = f"{design.audit.terms['travel']:,.0f} {design.problem.currency} a year"
        yield f"{money} of travel from the homes of the reps"
    vacant = int((design.problem.reps.tag("status").texts()[: design.k] == "vacant").sum())
    yield f"{int(design.audit.moved.sum()):,} of {owned:,} relationships break"
    yield f"vacant seats: {vacant:,}; reps without a territory: {len(design.problem.reps) - design.k:,}"


def _proof(design: Design) -> str:
    value = f"{design.value:,.0f} {unit_of(design)} from the centres"
    took = f"in {design.runtime_s:.1f} s"
    if design.bound == math.inf:
        return f"{value}, {took}"
    if design.bound <= 0.0 < design.value:
        return f"{value}; nothing is proved about better designs, {took}"
    if design.faults:
        return f"{value}; no design that keeps every wish has less than {design.bound:,.0f}, {took}"
    alike = " with as many territories in each " + design.wishes.inside if design.wishes.inside else ""
    least = f"none{alike} has less than {design.bound:,.0f}"
    return f"{value}; proved: {least} (gap {100 * design.gap:.2f} %), {took}"


def territory_rows(design: Design) -> list[dict[str, Any]]:
    """One row a territory: seat, size, index of each measure, km, centre."""
    problem, k, rep = design.problem, design.k, design.alignment.rep
    accounts = np.bincount(rep, minlength=k)[:k]
    km = problem.km(np.arange(len(rep)), rep)
    mean_km = np.bincount(rep, km, minlength=k)[:k] / np.maximum(accounts, 1)
    columns: dict[str, Any] = {"rep_id": problem.reps.ids[:k], "name": problem.reps.names[:k]}
    columns |= {tag: problem.reps.tag(tag).texts()[:k] for tag in ("territory", "status")}
    columns |= {level.name: level.texts() for level in design.levels}
    columns["accounts"] = accounts
    held = design.alignment.rep_of_area
    if held is not None:
        columns["areas"] = np.bincount(held[held >= 0], minlength=k)[:k]
    for meter in design.audit.meters:
        columns |= {meter.measure: meter.load[:k].round(2)}
        columns |= {f"index of {meter.measure}": meter.index[:k].round(4)}
    lat, lon = design.centre
    columns |= {"mean km": mean_km.round(2), "centre lat": lat.round(6), "centre lon": lon.round(6)}
    home = great_circle_km(problem.reps.lat[:k], problem.reps.lon[:k], lat, lon)
    columns["km home to centre"] = home.round(2)
    return [
        {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
