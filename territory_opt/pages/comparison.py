"""Plans side by side on one page: what each costs, keeps and moves, and a map of each on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from territory_opt.alignment import Alignment
from territory_opt.deliver.swap import swapped_in
from territory_opt.io.outputs import write_csv
from territory_opt.io.requests import decision_columns
from territory_opt.language import ENGLISH
from territory_opt.maps.assets import background
from territory_opt.pages.books import Books
from territory_opt.pages.leaders import leaders_of
from territory_opt.pages.picture import Ground, View, territory_picture, view_of
from territory_opt.pages.sheet import Writer
from territory_opt.pages.write import file_names, page
from territory_opt.policy import Policy
from territory_opt.problem import BoolArray, Problem
from territory_opt.result import Result

_COLOURS = 12  # of reps on a map; further reps take them again
_MOST_ROWS = 60  # accounts that are told one by one; the table beside the page has all
_NO_REP = "no rep"

Rows = Sequence[dict[str, object]]


class Map(NamedTuple):
    """One plan on the map."""

    name: str
    href: str
    status: str
    picture: Markup


def write_comparison(
    problem: Problem,
    policy: Policy,
    results: Mapping[str, Result],
    figures: Rows,
    accounts: Rows,
    folder: str | Path,
) -> dict[str, Path]:
    """Write `compare.html`, a page for leaders about each plan and both tables into a folder, all or none.

    results: by the name of each plan, in order. figures, accounts: rows of `Comparison`. All pages are whole
    and open without a network. Returns the path of each file by its name; ExportError when the folder cannot
    be written.
    """
    known = (np.nan_to_num(v)[::7].tolist() for v in (problem.accounts.lat, problem.accounts.lon))
    ground = Ground.of(background(*known))
    names = np.array([*results], dtype=object)
    pages = [f"plan-{i}-{name}" for i, name in enumerate(file_names(names), start=1)]
    writers = [Writer(Books(problem, policy, result, ENGLISH), ground) for result in results.values()]
    maps = _maps(ground, problem, results, pages, writers)
    values: dict[str, Any] = {
        "figures": [
            (str(row["figure"]), [_said(v) for k, v in row.items() if k != "figure"]) for row in figures
        ],
        "accounts": [[str(v) for v in row.values()] for row in accounts[:_MOST_ROWS]],
        "columns": [*accounts[0]] if accounts else [],
        "n": ENGLISH.number(len(accounts)),
        "more": ENGLISH.number(len(accounts) - _MOST_ROWS) if len(accounts) > _MOST_ROWS else "",
        "plans": ["today", *results],
        "maps": maps,
        "reps": [(str(name), f"c{r % _COLOURS}") for r, name in enumerate(problem.reps.names)],
    }
    texts = {"compare.html": page(writers[0], "compare.html", title="Plans side by side", **values)}
    for name, file, writer in zip(results, pages, writers, strict=True):
        texts[file] = page(writer, "leaders.html", title=name, report=leaders_of(writer))
    tables = {"figures.csv": figures, "accounts.csv": accounts}
    with swapped_in(Path(folder)) as fresh:
        for file, text in texts.items():
            (fresh / file).write_text(text, encoding="utf-8")
        for file, rows in tables.items():
            write_csv(fresh / file, decision_columns(rows))
    return {file: Path(folder) / file for file in (*texts, *tables)}


def _said(value: object) -> str:
    if isinstance(value, float):
        return ENGLISH.number(value, 2 if abs(value) < 100 else 0)
    return ENGLISH.number(value) if isinstance(value, int) else str(value)


def _maps(
    ground: Ground,
    problem: Problem,
    results: Mapping[str, Result],
    pages: Sequence[str],
    writers: Sequence[Writer],
) -> list[Map]:
    """Today and every plan in one view; accounts on which they differ have a dark ring."""
    plans = [Alignment.today(problem), *(result.alignment for result in results.values())]
    rep = np.stack([plan.rep for plan in plans])
    compared = rep[1:] if len(results) > 1 else rep
    differs: BoolArray = (compared != compared[0]).any(axis=0)
    view = view_of({"all": (problem.accounts.lat, problem.accounts.lon)})
    pictures = [Markup(_picture(ground, problem, plan, differs, view)) for plan in plans]
    status = ["", *(leaders_of(writer).status for writer in writers)]
    names = zip(["today", *results], ["", *pages], status, pictures, strict=True)
    return [Map(*parts) for parts in names]


def _picture(ground: Ground, problem: Problem, plan: Alignment, differs: BoolArray, view: View | None) -> str:
    lat, lon = problem.accounts.lat, problem.accounts.lon
    dots = {"ring": (lat[differs], lon[differs]), "others": (lat[~plan.covered], lon[~plan.covered])}
    colour = np.where(plan.covered, plan.rep % _COLOURS, -1)
    dots |= {f"c{c}": (lat[colour == c], lon[colour == c]) for c in np.unique(colour[colour >= 0]).tolist()}
    return territory_picture(ground, dots, view=view)
