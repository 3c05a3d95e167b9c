"""Verbs that write what people open: the map, and all files of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import AlignmentFile, AreaFile, Data, FormatOption, app, end
from territory_opt.cli.hand_over import hand_over, open_facts, valued
from territory_opt.cli.terminal import Format, say


@app.command("map")
def draw_map(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write.")] = Path("map.html"),
    areas: AreaFile = None,
) -> None:
    """Draw an alignment file as a map.

    The page opens without a network.
    """
    from territory_opt.maps import save_map

    facts = open_facts(data)
    save_map(facts.problem, facts.config.policy, valued(facts, alignment, areas), out)
    say(f"map: {out}")


@app.command()
def report(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")],
    areas: AreaFile = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write all files of an alignment file.

    For a plan that was edited by hand or made elsewhere.
    """
    facts = open_facts(data)
    result = valued(facts, alignment, areas)
    hand_over(facts, result, out, form)
    end(result)
