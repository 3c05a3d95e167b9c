"""The verb that reads a live system, or reports from one, into our tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import FormatOption, app
from territory_opt.cli.terminal import Format, issue_rows, printable, say, show, show_json


@app.command()
def pull(
    system: Annotated[str, typer.Option("--from", metavar="SYSTEM", help="salesforce, hubspot or dynamics.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Data folder to write.")],
    reports: Annotated[
        Path | None,
        typer.Option("--reports", metavar="FOLDER", help="Tables exported by hand; no network then."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Read accounts, reps and open deals from a CRM into a data folder.

    And say what a plan still needs. Salesforce ids of 15 characters become 18, with their check letters
    verified. Log-ins come from the environment. A folder that holds facts already is left alone.
    """
    from territory_opt.config import examine
    from territory_opt.crm import Secrets, connect
    from territory_opt.crm.patience import Patience
    from territory_opt.deliver.pulled import read_reports, write_pulled
    from territory_opt.io.facts_file import refuse_facts

    refuse_facts(out)
    if reports is not None:
        org, tables = f"reports of {system} in {reports}", read_reports(reports, system)
    else:
        secrets = Secrets.of(os.environ)
        with secrets.kept():
            live, patience = connect(system), Patience()
            org = secrets.hidden(patience.ask(live.who))
            tables = dict(patience.ask(live.tables))
    files = write_pulled(tables, system, out)
    counts = {name: len(next(iter(table.values()), ())) for name, table in tables.items()}
    problem, _, issues = examine(out)
    rows = issue_rows(issues)
    if form is Format.JSON:
        show_json({"org": org, "counts": counts, "faults": rows, "files": [str(path) for path in files]})
        return
    if form is Format.CSV:
        show(rows, form)
        return
    say(printable(org))
    say(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items()))
    for path in files:
        say(f"wrote {path}")
    show(rows, form)
    if problem is None:
        say("A plan needs more: mend what is fatal above, then `territory_opt check`.")
