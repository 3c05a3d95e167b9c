"""The first sheet: what a leader reads, and the charts of the indexes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from territory_opt.io.fairness_sheet import ChartRows
from territory_opt.io.report import Report, index_meters
from territory_opt.io.sheets import Book, write_number, write_text
from territory_opt.summary import against_today, changes_sentence, proof_sentence

_BALANCE = ("balance", "index today", "index plan", "in band today", "in band plan")
_CHARTS = 3  # measures that get a chart
Cell = str | tuple[float, str]  # a text, or a number and its kind


def write_summary(report: Report, book: Book, sheet: Any, charts: Sequence[ChartRows]) -> None:
    """Status, proof, money and balance before and after, counts, and a chart a measure."""
    result = report.result
    lines = str(result).splitlines()
    write_text(sheet, 0, 0, "Territory plan", book.title)
    write_text(sheet, 1, 0, lines[0], book.strong)
    write_text(sheet, 2, 0, proof_sentence(result), book.text)
    row = 3
    for line in lines:
        if line.startswith("Interrupted:"):
            write_text(sheet, row, 0, line, book.text)
            row += 1
    for line in (changes_sentence(result), *against_today(result)):
        write_text(sheet, row, 0, line, book.text)
        row += 1
    top = row + 1
    currency = f"{report.problem.currency} per year"
    row = _block(book, sheet, top, (currency, "today", "plan", "change"), _money(report))
    row = _block(book, sheet, row + 1, _BALANCE, _balance(report))
    row = _block(book, sheet, row + 1, ("price of imbalance", "today", "plan", "change"), _prices(report))
    row = _block(book, sheet, row + 1, ("counts", "plan"), _counts(report))
    sheet.set_column(0, 0, 42)
    sheet.set_column(1, 5, 16)
    sheet.freeze_panes(3, 0)
    for n, place in enumerate(charts[:_CHARTS]):
        sheet.insert_chart(top + 17 * n, 7, index_chart(book.workbook, place), {"object_position": 2})


def _block(book: Book, sheet: Any, top: int, headings: Iterable[str], rows: Iterable[Sequence[Cell]]) -> int:
    """A small table; returns the row below it. Nothing, not even headings, when it has no rows."""
    row = top
    for cells in rows:
        row += 1
        for j, cell in enumerate(cells):
            if isinstance(cell, str):
                write_text(sheet, row, j, cell, book.text)
            else:
                write_number(sheet, row, j, cell[0], book.number(cell[1]))
    if row == top:
        return top - 1
    for j, heading in enumerate(headings):
        write_text(sheet, top, j, heading, book.header)
    return row + 1


def _money(report: Report) -> Iterable[Sequence[Cell]]:
    now, then = report.result.audit, report.result.today
    for name, money in now.terms.items():
        before = then.terms.get(name, 0.0)
        yield name, (before, "money"), (money, "money"), (money - before, "money")
    yield "total", (then.cost, "money"), (now.cost, "money"), (now.cost - then.cost, "money")
    result = report.result
    if result.searched and now.breach_cost > 0:
        yield "penalty for loads outside their bands", "", (now.breach_cost, "money")
        yield "total and penalty: what plans are compared by", "", (result.objective, "money")
    if np.isfinite(result.bound):
        what = (
            "no plan can be below, penalty included" if now.breach_cost > 0 else "no plan can cost less than"
        )
        yield what, "", (result.bound, "money")
        yield "gap", "", (result.gap, "share")


def _balance(report: Report) -> Iterable[Sequence[Cell]]:
    for _, before, after in index_meters(report.result):
        cells: list[Cell] = [after.label]
        for meter in (before, after):
            index = meter.index[np.isfinite(meter.index)]
            cells.append(f"{index.min():.2f} – {index.max():.2f}" if len(index) else "–")
        for meter in (before, after):
            judged, outside = int(meter.judged.sum()), int(meter.outside.sum())
            cells.append(f"{judged - outside} of {judged}")
        yield cells


def _prices(report: Report) -> Iterable[Sequence[Cell]]:
    today = {entry["label"]: entry for entry in report.fairness["today"]}
    for entry in report.fairness["plan"]:
        for elasticity, lost in entry["lost_share"].items():
            before = today[entry["label"]]["lost_share"][elasticity] if entry["label"] in today else np.nan
            text = f"share of sales lost, by {entry['measure']}, elasticity {elasticity}"
            yield text, (before, "small share"), (lost, "small share"), (lost - before, "small share")
        for elasticity, lost in entry["lost_money"].items():
            before = today[entry["label"]]["lost_money"][elasticity] if entry["label"] in today else np.nan
            what = f"{report.problem.currency} a year of sales lost"
            text = f"{what}, by {entry['measure']}, elasticity {elasticity}"
            yield text, (before, "money"), (lost, "money"), (lost - before, "money")


def _counts(report: Report) -> Iterable[Sequence[Cell]]:
    audit = report.result.audit
    yield "accounts", (len(report.problem.accounts), "count")
    yield "reps", (len(report.problem.reps), "count")
    yield "accounts that move", (int(audit.moved.sum()), "count")
    yield "of them forced", (int(audit.forced.sum()), "count")
    yield "accounts newly assigned", (int(audit.assigned.sum()), "count")
    yield "accounts not covered any more", (int(audit.dropped.sum()), "count")
    yield "accounts that nobody serves", (len(audit.uncovered), "count")
    yield "clashes", (len(audit.clashes), "count")


def index_chart(workbook: Any, place: ChartRows) -> Any:
    """Bars of today and the plan for each rep, with the band as two lines."""
    chart = workbook.add_chart({"type": "column"})
    band = workbook.add_chart({"type": "line"})
    names = ["Fairness", place.first, 0, place.last, 0]
    for offset, label, colour in ((0, "today", "#BFBFBF"), (1, "plan", "#2E75B6")):
        chart.add_series(_series(place, offset, names, label) | {"fill": {"color": colour}, "gap": 60})
    for offset, label in ((2, "band: least"), (3, "band: most")):
        line = {"color": "#C00000", "width": 1.25, "dash_type": "dash"}
        band.add_series(_series(place, offset, names, label) | {"line": line})
    chart.combine(band)
    # The words in front keep a measure's name from being read as a formula.
    chart.set_title({"name": f"Index of {place.name} (1.00 is on target)", "name_font": {"size": 11}})
    chart.set_y_axis(
        {"num_format": "0.00", "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}}
    )
    chart.set_x_axis({"num_font": {"size": 8}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 320})
    return chart


def _series(place: ChartRows, offset: int, names: list[Any], label: str) -> dict[str, Any]:
    column = place.column + offset
    return {
        "name": label,
        "categories": names,
        "values": ["Fairness", place.first, column, place.last, column],
    }
