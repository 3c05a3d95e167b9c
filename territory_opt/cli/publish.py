"""Verbs that change a live system, undo it, and check what was left of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.application import BROKEN, Data, FormatOption, app
from territory_opt.cli.hand_over import Facts, open_facts, plan_in
from territory_opt.cli.live import (
    AccountLimit,
    PipelineLimit,
    RepLimit,
    RevenueLimit,
    live,
    refuse,
    say_what_happened,
    settings_with,
)
from territory_opt.cli.terminal import Format, printable, say, show

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.crm import Manner, Origin, Part, PublishSettings, System
    from territory_opt.crm.stage import Scope
    from territory_opt.scenarios.release import Release

To = Annotated[str, typer.Option("--to", metavar="SYSTEM", help="salesforce, hubspot or dynamics.")]
Push = Annotated[bool, typer.Option("--push", help="Do it; without this, only say what would happen.")]
Run = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that `publish` wrote.")]
_NONE = "none"


def today() -> date:
    """The day of the call."""
    return date.today()


@app.command()
def publish(
    data: Data,
    alignment: Annotated[Path, typer.Option("-a", "--alignment", metavar="ALIGNMENT", help="The plan.")],
    to: To,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for journal, rollback file, reports.")],
    push: Push = False,
    stage: Annotated[str, typer.Option(help="one-rep, region or all.")] = "all",
    only: Annotated[
        list[str] | None, typer.Option(metavar="rep=ID", help="These reps alone, or region=NAME.")
    ] = None,
    effective: Annotated[str | None, typer.Option(metavar="DATE", help="When the plan begins.")] = None,
    now: Annotated[bool, typer.Option("--now", help="Push before that day.")] = False,
    children: Annotated[
        str | None, typer.Option(help="What goes along: contacts,opportunities,cases or none.")
    ] = None,
    teams: Annotated[str | None, typer.Option(help="keep or drop account and opportunity teams.")] = None,
    accounts: AccountLimit = None,
    revenue: RevenueLimit = None,
    pipeline: PipelineLimit = None,
    per_rep: RepLimit = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Give accounts to their new owners in a live CRM; a dry run unless --push.

    What somebody else owns by now is left alone. Called again with the same folder it goes on where it was;
    `rollback` undoes it. Log-ins come from the environment. Exit code 3 when more would change than the
    limits allow (nothing is written), or the system refused records.
    """
    from territory_opt.scenarios.release import refuse_before

    given: dict[str, Any] = {
        "accounts": accounts,
        "revenue": revenue,
        "pipeline": pipeline,
        "per_rep": per_rep,
    }
    given |= {"effective_date": effective, "teams": teams, "children": _kinds(children)}
    facts = open_facts(data)
    settings = settings_with(facts.config.publish, given)
    plan = plan_in(facts, alignment)
    scopes = _scopes(facts, plan, stage, only or ())
    if push and not now:
        refuse_before(settings, today())
    released = _released(facts, plan, settings, data, to, out, scopes)
    how = {
        "stage": " ".join(map(str, scopes)) or "all",
        "effective_date": settings.effective_date or "",
        "held_over": len(released.held),
    }
    _publish(facts, released, settings, to, out, push, _origin(facts, plan, settings, to, how), form, how)


def _publish(
    facts: Facts,
    released: Release,
    settings: PublishSettings,
    to: str,
    out: Path,
    push: bool,
    origin: Origin,
    form: Format,
    how: Mapping[str, Any],
) -> None:
    """Publish what was released, write the tables of it, and say what happened."""
    from functools import partial

    from territory_opt.crm import as_system_writes, roll_out
    from territory_opt.deliver.publishing import record_table, rep_table, teller, write_dry_run

    changes = as_system_writes(to, released.changes.records())
    accounts = facts.problem.accounts
    rows = released.changes.account
    names = dict(zip([c.account_id for c in changes], accounts.names[rows], strict=True))
    reps = partial(rep_table, facts.problem, released.changes)

    def work(system: System, manner: Manner) -> Sequence[Part]:
        return roll_out(system, changes, out, settings.children, manner)

    tell = teller(names, released.held, reps)
    told = live(to, origin, work, push=push, keep_teams=settings.teams == "keep", tell=tell)
    table = reps(told.parts[0])
    if not push:
        written = write_dry_run(out, record_table(told.parts, names, released.held), table)
        told = told._replace(files=written)
    else:
        told = told._replace(files=(out,))
    say_what_happened(told, table, form, how)


@app.command()
def rollback(
    folder: Run,
    to: To,
    push: Push = False,
    teams: Annotated[str, typer.Option(help="keep or drop account and opportunity teams.")] = "keep",
    form: FormatOption = Format.TABLE,
) -> None:
    """Give accounts back to whom they had; a dry run unless --push.

    And what lies below them, to the owners from before the first publishing into the folder. What changed
    hands since is left alone. Exit code 3 when the system refused records.
    """
    from territory_opt.crm import Origin, PublishSettings, roll_all_back
    from territory_opt.deliver.publishing import teller

    settings = settings_with(PublishSettings(), {"teams": teams})

    def work(system: System, manner: Manner) -> Sequence[Part]:
        return roll_all_back(system, folder, manner)

    origin = Origin(system=to, settings={"rollback": True})
    told = live(to, origin, work, push=push, keep_teams=settings.teams == "keep", tell=teller({}, {}, None))
    say_what_happened(told, None, form, {})


@app.command()
def verify(
    folder: Run,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DATA", help="Facts and policy, to be compared too.")
    ] = None,
    alignment: Annotated[
        Path | None,
        typer.Option("-a", "--alignment", metavar="ALIGNMENT", help="The plan, too; needs --data."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Check that what a publishing left is what its manifests say.

    Journals, rollback files and reports by their hashes, counts, and the chain of manifests. Exit code 3
    when anything differs.
    """
    from territory_opt.crm import verify as differences

    if alignment is not None and data is None:
        raise typer.BadParameter("-a needs --data: the ids of a plan mean nothing without its accounts")
    inputs = _inputs(open_facts(data), alignment) if data is not None else {}
    found = differences(folder, inputs)
    if form is Format.TABLE:
        for sentence in found:
            say(printable(sentence))
        say(f"{len(found)} difference{'s' * (len(found) != 1)}")
    else:
        show([{"difference": sentence} for sentence in found], form)
    if found:
        raise typer.Exit(BROKEN)


def _kinds(words: str | None) -> tuple[str, ...] | None:
    """`contacts,cases` as a tuple, `none` as an empty one."""
    if words is None:
        return None
    return () if words == _NONE else tuple(word.strip() for word in words.split(",") if word.strip())


def _scopes(facts: Facts, plan: Alignment, stage: str, only: Sequence[str]) -> tuple[Scope, ...]:
    """Whose changes are published."""
    from territory_opt.crm import changes_of
    from territory_opt.crm.stage import STAGES, pilot, scope_of
    from territory_opt.errors import PolicyError, did_you_mean

    if stage not in STAGES:
        raise PolicyError(f"--stage {stage!r}: {did_you_mean(stage, STAGES)}")
    if only:
        return tuple(map(scope_of, only))
    return pilot(facts.problem, changes_of(facts.problem, plan), stage)


def _released(
    facts: Facts,
    plan: Alignment,
    settings: PublishSettings,
    data: Path,
    to: str,
    out: Path,
    scopes: Sequence[Scope],
) -> Release:
    """What may be published; exit code 3 where that is more than the limits allow."""
    from territory_opt.crm.ids import canonical
    from territory_opt.crm.journal import Journal
    from territory_opt.scenarios.release import open_deals, release

    done = Journal(out).done()
    form = canonical(to)
    ours = {name for name in facts.problem.accounts.ids if form(name) in done} if done else set()
    deals = open_deals(data)
    released = release(facts.problem, plan, settings, deals, scopes, today=today(), done=ours)
    refuse(released.over)
    return released


def _origin(
    facts: Facts, plan: Alignment, settings: PublishSettings, to: str, how: Mapping[str, Any]
) -> Origin:
    """What the manifest says of where the changes come from."""
    from dataclasses import asdict

    from territory_opt.crm import Origin
    from territory_opt.scenarios.release import fingerprints

    inputs = fingerprints(facts.problem, facts.config.policy, plan)
    return Origin(**inputs, system=to, settings=asdict(settings) | {"stage": how["stage"]})


def _inputs(facts: Facts, alignment: Path | None) -> dict[str, str]:
    """Fingerprints as they are today."""
    from territory_opt.scenarios.release import fingerprints

    plan = None if alignment is None else plan_in(facts, alignment)
    return fingerprints(facts.problem, facts.config.policy, plan)
