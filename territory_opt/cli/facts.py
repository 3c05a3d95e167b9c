"""Verbs about the facts: a template, their faults, a market to try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import FAULT, Data, FormatOption, app
from territory_opt.cli.terminal import Format, issue_rows, say, show


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to put the templates.")],
) -> None:
    """Write a template to fill in.

    A commented territory.toml and a workbook with the columns of accounts and reps.
    """
    from territory_opt.io.template import init as write_template

    for path in write_template(folder):
        say(f"wrote {path}")


@app.command()
def check(
    data: Data,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Also write the faults to this CSV file.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List every fault of the data at once.

    Faults of the policy too. Exit code 2 when one is fatal.
    """
    from territory_opt.config import examine
    from territory_opt.io.issues import write_issues

    problem, _, issues = examine(data)
    if out is not None:
        write_issues(issues, out)
    show(issue_rows(issues), form)
    fatal = sum(issue.fatal for issue in issues)
    if form is Format.TABLE:
        if problem is not None:
            say(f"{len(problem.accounts):,} accounts, {len(problem.reps):,} reps")
        warnings = len(issues) - fatal
        say(f"{fatal:,} fatal fault{'s' * (fatal != 1)}, {warnings:,} warning{'s' * (warnings != 1)}")
    if fatal:
        raise typer.Exit(FAULT)


@app.command()
def generate(
    out: Annotated[Path, typer.Option("-o", "--out", help="Data folder to write.")],
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 1_000,
    reps: Annotated[int, typer.Option(min=1, help="How many seats.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same market.")] = 1,
    families: Annotated[float, typer.Option(help="Share of accounts in families.")] = 0.1,
    locks: Annotated[float, typer.Option(help="Share of locked accounts.")] = 0.02,
    leavers: Annotated[int, typer.Option(min=0, help="Seats that will be gone.")] = 0,
    vacancies: Annotated[int, typer.Option(min=0, help="Seats that own nothing today.")] = 0,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet instead of CSV.")] = False,
) -> None:
    """Make a market of any size from a seed.

    Its bands can be met by construction. A folder that holds facts already is left alone.
    """
    from territory_opt.generate import generate as make
    from territory_opt.generate import wishes
    from territory_opt.io.facts_file import refuse_facts, write_facts

    refuse_facts(out)
    market = make(accounts, reps, seed, families=families, locks=locks, leavers=leavers, vacancies=vacancies)
    for path in write_facts(market, out, "parquet" if parquet else "csv", wishes()):
        say(f"wrote {path}")
