"""The verb about territories on the map: whether they cover it once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import BROKEN, AreaFile, Data, FormatOption, app
from territory_opt.cli.hand_over import open_facts, plan_in
from territory_opt.cli.terminal import Format, say, show


@app.command()
def coverage(
    data: Data,
    alignment: Annotated[
        Path | None,
        typer.Argument(metavar="ALIGNMENT", help="A plan; without one, the map alone is looked at."),
    ] = None,
    areas: AreaFile = None,
    gaps: Annotated[
        bool, typer.Option("--gaps/--no-gaps", help="Whether what areas surround is a gap, not a lake.")
    ] = True,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what the map and a plan leave out or cover twice.

    Areas of nobody or in several territories, overlapping outlines, gaps between them, and accounts in no
    area. An empty list is the proof that the whole market is covered once. Exit code 3 when it is not empty.
    """
    from territory_opt.io.coverage import coverage as covered

    facts = open_facts(data)
    plan = None if alignment is None else plan_in(facts, alignment, areas)
    snap_m = facts.config.areas.snap_m
    table = covered(facts.problem, plan, policy=facts.config.policy, snap_m=snap_m)
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    rows = [row for row in rows if gaps or row["fault"] != "gap"]
    show(rows, form)
    if rows:
        raise typer.Exit(BROKEN)
    if form is Format.TABLE:
        say(_proof(len(table["fault"]), plan is not None))


def _proof(lakes: int, planned: bool) -> str:
    """What an empty list proves."""
    map_said = "no areas overlap" + ("" if lakes else ", no gap lies between them")
    said = f"Covered once: {map_said}, and every account lies in one"
    return f"{said}; every area is in exactly one territory." if planned else f"{said}."
