"""Verbs that write what people open: the map, pages, and all files of a plan."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import AlignmentFile, AreaFile, Data, FormatOption, app, end
from territory_opt.cli.hand_over import day, hand_over, open_facts, valued
from territory_opt.cli.privacy import KeyOption, PrivateOption, SaltOption, private_where_asked
from territory_opt.cli.terminal import Format, say, show


class Audience(StrEnum):
    """Whom pages are for."""

    REPS = "reps"
    MANAGERS = "managers"
    LEADERS = "leaders"
    ALL = "all"


@app.command("map")
def draw_map(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write.")] = Path("map.html"),
    areas: AreaFile = None,
    private: PrivateOption = False,
    salt: SaltOption = None,
    key: KeyOption = None,
) -> None:
    """Draw an alignment file as a map.

    The page opens without a network.
    """
    from territory_opt.maps import save_map

    facts = open_facts(data)
    result = valued(facts, alignment, areas)
    facts, result = private_where_asked(facts, result, data, out, private, salt, key)
    save_map(facts.problem, facts.config.policy, result, out)
    say(f"map: {out}")


@app.command()
def pages(
    data: Data,
    alignment: Annotated[
        Path, typer.Option("-a", "--alignment", metavar="FILE", help="Table with account_id and rep_id.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the pages.")],
    whom: Annotated[Audience, typer.Option("--for", help="Whom they are for.")] = Audience.ALL,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When the plan begins: 2026-01-01.")] = None,
    frontier: Annotated[
        Path | None, typer.Option(metavar="FILE", help="frontier.csv, to show leaders the other plans.")
    ] = None,
    areas: AreaFile = None,
    private: PrivateOption = False,
    salt: SaltOption = None,
    key: KeyOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write pages to print and hand out.

    A sheet for each rep, a pack for each manager, a report for leaders; in English or French. The pages open
    without a network. The proof is that of the solve which wrote the folder of the alignment file.
    """
    from territory_opt.io.frontier_file import read_frontier
    from territory_opt.io.shadow_prices import with_proof_beside
    from territory_opt.pages import pages as write_pages

    facts = open_facts(data)
    begins = day(on or facts.config.incentives.effective_date)
    rows = read_frontier(frontier) if frontier is not None else ()
    result = with_proof_beside(alignment, facts.problem, facts.config.policy, valued(facts, alignment, areas))
    facts, result = private_where_asked(facts, result, data, out, private, salt, key)
    written = write_pages(
        facts.problem,
        facts.config.policy,
        result,
        out,
        whom=whom.value,
        language=language,
        on=begins,
        quota=dataclasses.asdict(facts.config.quota),
        frontier=rows,
    )
    if form is Format.TABLE:
        say(f"{len(written):,} pages: {out}")
    else:
        show([{"page": name, "file": str(path)} for name, path in written.items()], form)


@app.command()
def report(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")],
    areas: AreaFile = None,
    private: PrivateOption = False,
    salt: SaltOption = None,
    key: KeyOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write all files of an alignment file.

    For a plan that was edited by hand or made elsewhere.
    """
    facts = open_facts(data)
    result = valued(facts, alignment, areas)
    facts, result = private_where_asked(facts, result, data, out, private, salt, key)
    hand_over(facts, result, out, form)
    end(result)
