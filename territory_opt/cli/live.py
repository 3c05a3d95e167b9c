"""What the verbs that speak to a live system share: the log-in, its secrets, and what is said afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from territory_opt.cli.application import BROKEN
from territory_opt.cli.terminal import Format, bars, complain, printable, say, show, show_json

if TYPE_CHECKING:
    from territory_opt.crm import Origin, Part, PublishSettings, System

_REFUSED_SHOWN = 20


_INSTEAD = "instead of what territory.toml says."
AccountLimit = Annotated[
    float | None, typer.Option("--accounts", help=f"Share of accounts that may change owner, {_INSTEAD}")
]
RevenueLimit = Annotated[
    float | None, typer.Option("--revenue", help=f"Share of revenue that may change owner, {_INSTEAD}")
]
PipelineLimit = Annotated[
    float | None, typer.Option("--pipeline", help=f"Share of the money in open deals, {_INSTEAD}")
]
RepLimit = Annotated[
    float | None, typer.Option("--per-rep", help=f"Share of a book that a rep may lose, {_INSTEAD}")
]


def refuse(over: Sequence[str]) -> None:
    """Exit code 3 where limits are exceeded, with a sentence each."""
    for sentence in over:
        complain(f"refused: {printable(sentence)}")
    if over:
        raise typer.Exit(BROKEN)


def settings_with(settings: PublishSettings, given: Mapping[str, Any]) -> PublishSettings:
    """What territory.toml says, unless the call says otherwise; PolicyError lists every fault."""
    from dataclasses import replace

    from territory_opt.errors import Issue, PolicyError

    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    wrong = [
        Issue("publish", None, name, str(getattr(settings, name)), fault, "Correct it")
        for name, fault in settings.faults()
    ]
    if wrong:
        raise PolicyError(wrong)
    return settings


class Told(NamedTuple):
    """What became of a publishing or a rollback: the parts, the system in one line, and files written."""

    parts: Sequence[Part]
    org: str
    files: Sequence[Path] = ()


def live(
    name: str,
    origin: Origin,
    work: Callable[[System, Any], Sequence[Part]],
    *,
    push: bool,
    keep_teams: bool = True,
    tell: Callable[[Part, Path], Sequence[str]] | None = None,
) -> Told:
    """Log in, do the work with a progress bar, and let nothing secret out on any way."""
    from dataclasses import replace

    from territory_opt.crm import Manner, Secrets, connect

    secrets = Secrets.of(os.environ)
    with secrets.kept(), bars() as on_batch:
        system = connect(name)
        system.keep_teams = keep_teams
        org = secrets.hidden(system.who())
        manner = Manner(push, replace(origin, org=org), secrets, on_batch, tell)
        return Told(work(system, manner), org)


def say_what_happened(
    told: Told, reps: Mapping[str, Any] | None, form: Format, more: Mapping[str, Any]
) -> None:
    """Print counts, reps and files; exit code 3 when the system refused records."""
    rows = (
        []
        if reps is None
        else [dict(zip(reps, row, strict=True)) for row in zip(*reps.values(), strict=True)]
    )
    pushed = any(part.published.pushed for part in told.parts)
    counts = {part.kind: part.published.counts() for part in told.parts}
    if form is Format.JSON:
        files = [str(path) for path in told.files]
        show_json({"org": told.org, "pushed": pushed, "counts": counts, **more, "reps": rows, "files": files})
    elif form is Format.CSV:
        show(rows or [{"kind": kind, **count} for kind, count in counts.items()], form)
    else:
        _say_in_words(told, rows, more)
    refused = [outcome for part in told.parts for outcome in part.published.failed]
    for outcome in refused[:_REFUSED_SHOWN]:
        complain(f"refused: {printable(f'{outcome.account_id}: {outcome.message}')}")
    if refused:
        raise typer.Exit(BROKEN)


def _say_in_words(told: Told, rows: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> None:
    say(printable(told.org))
    for name, value in more.items():
        if value:
            say(printable(f"{name.replace('_', ' ')}: {value}"))
    pushed = any(part.published.pushed for part in told.parts)
    heads = ("changed" if pushed else "would change", "already there", "left alone", "not there", "refused")
    say()
    for table in ([_count_row(part, heads) for part in told.parts], rows):
        show(table, Format.TABLE)
    for path in told.files:
        say(f"wrote {path}")
    if not pushed:
        say("Nothing was changed: this was a dry run. Add --push to do it.")


def _count_row(part: Part, heads: Sequence[str]) -> dict[str, Any]:
    return {"": part.kind, **dict(zip(heads, part.published.counts().values(), strict=True))}
