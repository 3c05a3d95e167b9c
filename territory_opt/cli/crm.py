"""Verbs that bring a plan to the CRM."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import BROKEN, AlignmentFile, Data, app
from territory_opt.cli.hand_over import open_facts, valued
from territory_opt.cli.terminal import complain, printable, say


class Target(StrEnum):
    """Where a plan goes."""

    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"
    DYNAMICS = "dynamics"
    CSV = "csv"


@app.command()
def export(
    data: Data,
    alignment: AlignmentFile,
    to: Annotated[Target, typer.Option("--to", help="Which system the files are for.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the load files.")],
    route_by: Annotated[str, typer.Option(help="Columns that route new leads: area_id,segment.")] = "",
    accounts: Annotated[float, typer.Option(help="Share of accounts that may change owner.")] = 0.3,
    revenue: Annotated[float, typer.Option(help="Share of revenue that may change owner.")] = 0.3,
    per_rep: Annotated[float, typer.Option(help="Share of a book that a rep may lose.")] = 0.5,
) -> None:
    """Write load files for a CRM; no network.

    Owners forward and back, territories, a routing table, a change sheet for each rep, and how to load them.
    Refused with exit code 3, and nothing is written, when more would change than the shares allow.
    """
    from territory_opt.crm import Limits, changes_of, over_limits
    from territory_opt.deliver.exports import write_exports
    from territory_opt.errors import PolicyError
    from territory_opt.moves import moves

    limits = Limits(accounts, revenue, per_rep)
    wrong = list(limits.faults())
    if wrong:
        raise PolicyError("; ".join(wrong))
    facts = open_facts(data)
    result = valued(facts, alignment)
    changes = changes_of(facts.problem, result.alignment)
    over = over_limits(facts.problem, changes, limits)
    if over:
        for sentence in over:
            complain(f"refused: {printable(sentence)}")
        raise typer.Exit(BROKEN)
    told = moves(facts.problem, facts.config.policy, result)
    columns = [name for name in route_by.split(",") if name]
    for path in write_exports(facts.problem, result, told, out, to.value, columns):
        say(f"wrote {path}")
    say(f"{len(changes):,} accounts change owner")
