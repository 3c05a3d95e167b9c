"""Finishes become rows: valued by our audit, measured against the best proved bound, shown and written."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import territory_opt as to
from benchmarks.peers.market import Market
from benchmarks.peers.race import Finish, covers
from territory_opt.io.atomic import replacing
from territory_opt.result import relative_gap


@dataclass(frozen=True)
class Row:
    """One peer. Money is per year; None where there is no plan or no bound."""

    peer: str
    plan: bool
    seconds: float
    peak_mib: int
    form: str  # what it was given
    note: str  # how it ended
    objective: float | None = None  # cost and priced breaches
    cost: float | None = None
    breach_cost: float | None = None
    violations: int | None = None  # broken wishes: bands, locks, families, coverage
    gap: float | None = None  # share of the objective above the best proved bound
    bound: float | None = None  # what this peer proves for the full problem
    own_bound: float | None = None  # what it claims for the model it was given


def rows(finishes: Iterable[tuple[str, Finish]], market: Market) -> tuple[list[Row], float | None]:
    """A row per peer, and the best bound that any of them proved for the full problem."""
    finishes = list(finishes)
    proved = [f.proposal.bound for _, f in finishes if f.proposal is not None]
    best = max((b for b in proved if math.isfinite(b)), default=None)
    return [_row(peer, finish, market, best) for peer, finish in finishes], best


def _row(peer: str, finish: Finish, market: Market, best: float | None) -> Row:
    proposal, seconds = finish.proposal, round(finish.seconds, 2)
    if proposal is None or not covers(proposal, market.problem):
        reason = finish.reason or "its plan does not fit the accounts"
        return Row(peer, False, seconds, finish.peak_mib, "", reason)
    judged = to.audit(market.problem, market.policy, to.Alignment(proposal.rep), market.question)
    return Row(
        peer=peer,
        plan=True,
        objective=judged.objective,
        cost=judged.cost,
        breach_cost=judged.breach_cost,
        violations=len(judged.clashes),
        gap=None if best is None else relative_gap(judged.objective, best),
        bound=proposal.bound if math.isfinite(proposal.bound) else None,
        own_bound=proposal.own_bound if math.isfinite(proposal.own_bound) else None,
        seconds=seconds,
        peak_mib=finish.peak_mib,
        form=proposal.form,
        note=proposal.note,
    )


_HEADS = (
    "peer",
    "objective",
    "of it breaches",
    "violations",
    "gap",
    "seconds",
    "MiB",
    "form",
    "how it ended",
)


def text_table(table: Sequence[Row]) -> str:
    """The rows as aligned text."""
    cells = [_HEADS, *(_cells(row) for row in table)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(_HEADS))]
    lines = []
    for line in cells:
        left = (cell.ljust(width) if k in (0, 7, 8) else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
        lines.append("  ".join(left).rstrip())
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    money = "–" if row.objective is None else f"{row.objective:,.0f}"
    breaches = "–" if row.breach_cost is None else f"{row.breach_cost:,.0f}"
    violations = "–" if row.violations is None else f"{row.violations:,}"
    gap = "–" if row.gap is None else f"{100 * row.gap:.3f} %"
    note = row.note if row.plan else f"no plan: {row.note}"
    spent = f"{row.seconds:.1f}", f"{row.peak_mib:,}"
    return row.peer, money, breaches, violations, gap, *spent, row.form, note


def write_csv(table: Sequence[Row], path: Path) -> None:
    """One line a peer; empty where there is no figure."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [item.name for item in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in table)


def write_plot(table: Sequence[Row], title: str, path: Path) -> None:
    """Gaps as bars on a logarithmic axis: filled where the plan breaks nothing, hatched where it does."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    figure = Figure(figsize=(9, 0.9 + 0.55 * len(table)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    known = [100 * row.gap for row in table if row.gap is not None]
    least = 10 ** math.floor(math.log10(max(min(known, default=1.0), 1e-3))) / 2
    most = max([*known, 10 * least])
    for place, row in enumerate(table):
        percent = None if row.gap is None else 100 * row.gap
        broken = bool(row.violations)
        axes.barh(
            place,
            max(percent or 0.0, least),
            left=0.0,
            color=("white" if broken else "#3b6ea5") if percent is not None else "none",
            edgecolor="#3b6ea5" if percent is not None else "none",
            hatch="///" if broken else None,
        )
        axes.text(max(percent or 0.0, least) * 1.1, place, _label(row), va="center", fontsize=8)
    axes.set_yticks(range(len(table)), [row.peer for row in table])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(least / 2, most * 60)  # with room for the words beside the longest bar
    axes.set_xticks([x for x in (0.001, 0.01, 0.1, 1.0, 10.0, 100.0) if x >= least / 2])
    axes.xaxis.set_major_formatter("{x:g} %")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("gap to the best proved bound (hatched: the plan breaks a wish)")
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _label(row: Row) -> str:
    if not row.plan:
        return f"no plan: {row.note[:60]}"
    broken = f", {row.violations:,} violations" if row.violations else ""
    gap = "no bound" if row.gap is None else f"{100 * row.gap:.3g} %"
    return f"{gap}{broken}, {row.seconds:.0f} s"
