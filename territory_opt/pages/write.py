"""Pages as files: each is whole, opens without a network, and prints on A4 and on Letter."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.deliver.swap import swapped_in
from territory_opt.errors import PolicyError, did_you_mean
from territory_opt.language import Language, language_of
from territory_opt.maps.assets import background
from territory_opt.pages.books import Books
from territory_opt.pages.leaders import leaders_of
from territory_opt.pages.picture import Ground
from territory_opt.pages.sheet import Writer
from territory_opt.pages.team import team_of
from territory_opt.policy import Policy
from territory_opt.problem import Problem, TextArray
from territory_opt.result import Result

AUDIENCES = ("reps", "managers", "leaders", "all")
_LONGEST_NAME = 60


def pages(
    problem: Problem,
    policy: Policy,
    result: Result,
    folder: str | Path,
    *,
    whom: str = "all",
    language: str = "en",
    on: date | None = None,
    quota: Mapping[str, Any] | None = None,
    frontier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Path]:
    """Write printable HTML pages about a plan into a folder, all or none.

    Args:
        whom: "reps" (a sheet each, in `reps/`), "managers" (the sheets of each team with a summary, in
            `managers/`), "leaders" (`leaders.html`), or "all", with an `index.html` to all of them.
        language: "en" or "fr".
        on: the day when the plan begins.
        quota: keyword arguments of `territory_opt.quota.quotas_by`.
        frontier: rows of `Frontier.rows()`, for the leaders.

    Returns the path of each file by its name in the folder. PolicyError for an unknown audience or language
    and for quotas at fault, before anything is written; ExportError when the folder cannot be written.
    """
    if whom not in AUDIENCES:
        raise PolicyError(f"no pages for {whom!r}. {did_you_mean(whom, AUDIENCES)}")
    words = language_of(language)
    books = Books(problem, policy, result, words, quota or {})
    known = (np.nan_to_num(v)[::7].tolist() for v in (problem.accounts.lat, problem.accounts.lon))
    writer = Writer(books, Ground.of(background(*known)), on)
    wanted = AUDIENCES[:3] if whom == "all" else (whom,)
    with swapped_in(Path(folder)) as fresh:
        names = []
        for name, text in _written(writer, wanted, frontier, with_index=whom == "all"):
            path = fresh / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            names.append(name)
    return {name: Path(folder) / name for name in names}


def _written(
    writer: Writer, wanted: Sequence[str], frontier: Sequence[Mapping[str, Any]], *, with_index: bool
) -> Iterator[tuple[str, str]]:
    """Name and text of each page."""
    reps = writer.books.problem.reps
    sheet_files = file_names(reps.ids)
    teams = list(writer.books.teams())
    team_files = file_names(np.array([name for name, _ in teams], dtype=object))
    sheets = [writer.sheet(r) for r in range(len(reps))] if {"reps", "managers"} & {*wanted} else []
    if "reps" in wanted:
        for name, sheet in zip(sheet_files, sheets, strict=True):
            yield f"reps/{name}", page(writer, "reps.html", title=sheet.name, sheets=[sheet])
    if "managers" in wanted:
        for file, (name, members) in zip(team_files, teams, strict=True):
            team = team_of(writer, name, members, [f"#rep-{r}" for r in range(len(reps))])
            held = [(f"rep-{r}", sheets[r]) for r in members.tolist()]
            yield f"managers/{file}", page(writer, "managers.html", title=team.name, team=team, sheets=held)
    if "leaders" in wanted:
        title = writer.language.say("leaders.title")
        yield "leaders.html", page(writer, "leaders.html", title=title, report=leaders_of(writer, frontier))
    if with_index:
        links = [f"reps/{name}" for name in sheet_files]
        packs = [
            (f"managers/{file}", team_of(writer, name, members, links))
            for file, (name, members) in zip(team_files, teams, strict=True)
        ]
        yield "index.html", page(writer, "index.html", title=writer.language.say("index.title"), packs=packs)


def page(writer: Writer, template: str, **values: Any) -> str:
    """A whole page from its template; every text is escaped."""
    return str(
        _environment(writer.language.code)
        .get_template(template)
        .render(currency=writer.currency, on=writer.on and writer.language.date(writer.on), **values)
    )


@cache
def _environment(code: str) -> Any:
    """Templates that escape every text that they are given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    language: Language = language_of(code)
    environment = Environment(
        loader=PackageLoader("territory_opt.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("territory_opt.pages") / "templates" / "pages.css").read_text(encoding="utf-8")
    environment.globals |= {"say": language.say, "language": language.code, "style": style}
    return environment


def file_names(ids: TextArray) -> list[str]:
    """A file name for each id that every system can hold; different ids have different names."""
    names = [_plain(str(text)) for text in ids]
    often = Counter(name.casefold() for name in names)  # some systems do not tell A from a
    return [
        f"{name}-{hashlib.sha256(str(text).encode()).hexdigest()[:8]}.html"
        if often[name.casefold()] > 1 or name != str(text)
        else f"{name}.html"
        for name, text in zip(names, ids, strict=True)
    ]


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "-", ascii_only).strip("-")[:_LONGEST_NAME]
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)?", plain)
    return f"x-{plain}".rstrip("-") if reserved else plain
