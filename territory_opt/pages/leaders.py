"""The report for leaders: what the plan is, what it costs and earns, how good it is, what was not met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from territory_opt.audit import MeterCount, load_in_words
from territory_opt.fairness import has_index, of_meter
from territory_opt.pages.charts import index_strip, lorenz, scatter
from territory_opt.pages.parts import Figure, Line
from territory_opt.pages.sheet import Writer
from territory_opt.result import Status

_BIGGEST = 12
_CLASHES = 12
_NOTHING = 0.5  # money per year that rounds to 0
_COSTS, _DISRUPTION = "other costs per year", "disruption per year"
_POINT = ("largest deviation", _COSTS, _DISRUPTION, "accounts moved", "gap")


class Balance(NamedTuple):
    """How evenly one measure lies, today and in the plan, with its pictures."""

    name: str
    today: str
    plan: str
    inside_today: str
    inside: str
    gini_today: str
    gini: str
    strip: Markup
    curves: Markup


class Move(NamedTuple):
    """One of the biggest moves."""

    line: Line
    owner: str


class Point(NamedTuple):
    """One plan of the frontier."""

    number: str
    deviation: str
    costs: str
    disruption: str
    moved: str
    gap: str
    knee: bool


class Leaders(NamedTuple):
    """All that stands in the report."""

    status: str
    good: bool
    proof: str
    key: list[tuple[str, str, str]]  # what, how much, and a remark
    costs: list[Figure]
    verdict: list[str]
    figures: list[Figure]
    balance: list[Balance]
    biggest: list[Move]
    clashes: list[str]
    frontier: list[Point]
    frontier_picture: Markup


def leaders_of(writer: Writer, frontier: Sequence[Mapping[str, Any]] = ()) -> Leaders:
    """The report of a plan; frontier: rows of `Frontier.rows()`."""
    result = writer.books.result
    n_reps = len(writer.books.problem.reps)
    return Leaders(
        status=_status(writer),
        good=not result.clashes,
        proof=_proof(writer),
        key=list(_key(writer)),
        costs=list(_costs(writer)),
        verdict=list(_verdict(writer)),
        figures=writer.figures(np.arange(n_reps, dtype=np.int32)),
        balance=[_balance(writer, *meter) for meter in writer.books.meters],
        biggest=list(_biggest(writer)),
        clashes=list(_clashes(writer)),
        frontier=[_point(writer, i, row) for i, row in enumerate(frontier, start=1)],
        frontier_picture=_frontier_picture(writer, frontier),
    )


def _status(writer: Writer) -> str:
    result = writer.books.result
    status = result.status
    if not result.searched:
        status = Status.CLASH if result.clashes else Status.FEASIBLE
    key = "given" if not result.searched and result.clashes else status.value
    return writer.language.say(f"status.{key}")


def _proof(writer: Writer) -> str:
    """The gap in words: a fact about the full problem."""
    result, say = writer.books.result, writer.language.say
    count = result.audit
    if not result.searched:
        return say("proof.recounted", cost=writer.money(count.cost))
    if not np.isfinite(result.bound):
        return say("proof.none", cost=writer.money(count.cost))
    values = {
        "cost": writer.money(count.cost),
        "bound": writer.money(result.bound),
        "gap": writer.language.percent(result.gap, 2),
        "most": writer.money(max(result.objective - result.bound, 0.0)),
    }
    if count.breach_cost > 0:
        return say("proof.broken", penalty=writer.money(count.breach_cost), **values)
    return say("proof.best" if result.status is Status.OPTIMAL else "proof.gap", **values)


def _key(writer: Writer) -> Iterator[tuple[str, str, str]]:
    language, problem, audit = writer.language, writer.books.problem, writer.books.result.audit
    say, n = language.say, language.number
    moved, forced = int(audit.moved.sum()), int(audit.forced.sum())
    revenue = problem.accounts.measures["revenue"]
    share = float(revenue[audit.moved].sum() / max(revenue.sum(), 1e-300))
    yield say("leaders.accounts_move"), n(moved), say("leaders.forced", n=n(forced))
    yield say("leaders.revenue_moves"), language.percent(share, 1), writer.money(revenue[audit.moved].sum())
    outside = sum(int(after.outside.sum()) for _, _, after in writer.books.meters)
    before = sum(int(meter.outside.sum()) for _, meter, _ in writer.books.meters)
    yield say("leaders.outside"), n(outside), say("leaders.outside_today", n=n(before))
    yield (
        say("leaders.uncovered"),
        n(len(audit.uncovered)),
        say("leaders.newly", n=n(int(audit.assigned.sum()))),
    )


def _costs(writer: Writer) -> Iterator[Figure]:
    audit, today, n = writer.books.result.audit, writer.books.result.today, writer.language.number
    rows = [(_term(writer, name), today.terms.get(name, 0.0), money) for name, money in audit.terms.items()]
    for name, before, after in [*rows, (writer.language.say("total"), today.cost, audit.cost)]:
        yield Figure(name[:1].upper() + name[1:], n(before), n(after), n(after - before, signed=True))


def _term(writer: Writer, name: str) -> str:
    """Our word for a term of the cost."""
    if name.startswith("imbalance of "):
        measure = writer.language.name_of("measure", name.removeprefix("imbalance of "))
        return writer.language.say("term_of.imbalance", measure=measure)
    return writer.language.name_of("term", name)


def _verdict(writer: Writer) -> Iterator[str]:
    """What gets dearer and what is earned, against today."""
    audit, today, say = writer.books.result.audit, writer.books.result.today, writer.language.say
    for name, money in audit.terms.items():
        change = money - today.terms.get(name, 0.0)
        if abs(change) > _NOTHING:
            key = "leaders.costs_more" if change > 0 else "leaders.costs_less"
            yield say(key, money=writer.money(abs(change)), of=_term(writer, name))
    if audit.forced_disruption > _NOTHING:
        yield say("leaders.forced_money", money=writer.money(audit.forced_disruption))
    for name, before, after in writer.books.meters:
        measure = writer.language.name_of("measure", name)
        counts = {"before": int(before.outside.sum()), "after": int(after.outside.sum())}
        said = {word: writer.language.counted(n, "territory") for word, n in counts.items()}
        if counts["before"] != counts["after"]:
            yield say("leaders.bands", measure=measure, **said)


def _balance(writer: Writer, name: str, before: MeterCount, after: MeterCount) -> Balance:
    language, n = writer.language, writer.language.number
    words = (language.say("today"), language.say("plan"))
    spreads = [of_meter(meter) if has_index(meter) else None for meter in (before, after)]
    curves = [
        (
            kind,
            np.array(s.lorenz_reps),
            np.array(s.lorenz_load),
            language.say("chart.gini", when=word, gini=n(s.gini, 3)),
        )
        for kind, word, s in zip(("before", "after"), words, spreads, strict=True)
        if s is not None
    ]
    axes = (language.say("chart.reps"), language.say("chart.held"))
    strip = index_strip(before.index, after.index, _band(after), words, _ticks(writer, before, after))
    ginis = [n(s.gini, 3) if s is not None else "–" for s in spreads]
    return Balance(
        name=language.name_of("measure", name),
        today=_range(writer, before),
        plan=_range(writer, after),
        inside_today=_inside(writer, before),
        inside=_inside(writer, after),
        gini_today=ginis[0],
        gini=ginis[1],
        strip=Markup(strip),
        curves=Markup(lorenz(curves, axes)) if curves else Markup(),
    )


def _range(writer: Writer, meter: MeterCount) -> str:
    index, n = meter.index[np.isfinite(meter.index)], writer.language.number
    return f"{n(index.min(), 2)} – {n(index.max(), 2)}" if len(index) else "–"


def _inside(writer: Writer, meter: MeterCount) -> str:
    judged, outside = int(meter.judged.sum()), int(meter.outside.sum())
    return writer.language.say(
        "of", part=writer.language.number(judged - outside), all=writer.language.number(judged)
    )


def _band(meter: MeterCount) -> tuple[float, float]:
    """The widest limits of any rep as indexes."""
    known = meter.target > 0
    low, high = meter.low[known] / meter.target[known], meter.high[known] / meter.target[known]
    return float(low.min(initial=np.inf)), float(high.max(initial=-np.inf))


def _ticks(writer: Writer, *meters: MeterCount) -> list[tuple[float, str]]:
    """Five even marks over all indexes and the band."""
    index = np.concatenate([meter.index for meter in meters])
    limits = [v for meter in meters for v in _band(meter) if np.isfinite(v)]
    values = np.append(index[np.isfinite(index)], [*limits, 1.0])
    low, high = np.floor(10 * values.min()) / 10, np.ceil(10 * values.max()) / 10
    return [
        (float(v), writer.language.number(float(v), 2)) for v in np.linspace(low, max(high, low + 0.1), 5)
    ]


def _biggest(writer: Writer) -> Iterator[Move]:
    moves, reps = writer.books.moves, writer.books.problem.reps
    revenue = writer.books.problem.accounts.measures["revenue"][moves.account]
    largest = np.argsort(-revenue, kind="stable")[:_BIGGEST]
    nobody = writer.language.say("nobody")
    for i in largest.tolist():
        owner = str(reps.names[moves.owner[i]]) if moves.owner[i] >= 0 else nobody
        yield Move(writer.line(int(moves.account[i]), int(moves.rep[i])), owner)


def _clashes(writer: Writer) -> Iterator[str]:
    """Loads outside their limits one by one, broken rules counted."""
    problem, policy, audit = writer.books.problem, writer.books.policy, writer.books.result.audit
    language, loads = writer.language, []
    for term, meter in zip(policy.load_terms(), audit.meters, strict=True):
        for b in np.flatnonzero(meter.breach).tolist():
            loads.append(load_in_words(problem, term, meter, b, float(meter.load[b]), language=language))
    yield from (f"{said}." for said in loads[:_CLASHES])
    if len(loads) > _CLASHES:
        yield language.say("leaders.more_clashes", n=language.number(len(loads) - _CLASHES))
    of_loads = {meter.label for meter in audit.meters}
    broken = Counter(clash.wish for clash in audit.clashes if clash.wish not in of_loads)
    for wish, n in broken.items():
        key = f"clash.{wish}" if f"clash.{wish}" in language.sentences else "clash.other"
        yield language.say(key, n=language.number(n), wish=wish)


def _point(writer: Writer, number: int, row: Mapping[str, Any]) -> Point:
    n, percent = writer.language.number, writer.language.percent
    deviation, costs, disruption, moved, gap = (float(row[name]) for name in _POINT)
    knee = bool(row["knee"])
    return Point(n(number), percent(deviation, 1), n(costs), n(disruption), n(moved), percent(gap, 2), knee)


def _frontier_picture(writer: Writer, rows: Sequence[Mapping[str, Any]]) -> Markup:
    if not rows:
        return Markup()
    x, y = (np.array([float(row[name]) for row in rows]) for name in (_DISRUPTION, _COSTS))
    say, currency = writer.language.say, writer.currency
    axes = (say("chart.disruption", currency=currency), say("chart.costs", currency=currency))
    return Markup(scatter(x, y, [bool(row["knee"]) for row in rows], axes))
