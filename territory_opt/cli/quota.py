"""The verb about quotas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.application import Data, FormatOption, app
from territory_opt.cli.hand_over import Facts, open_facts
from territory_opt.cli.terminal import Format, printable, say, show, show_json

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.quota import Quotas

ALL = "all"


@app.command()
def quota(
    data: Data,
    alignment: Annotated[
        Path | None,
        typer.Argument(metavar="[ALIGNMENT]", help="Table with account_id and rep_id; today without it."),
    ] = None,
    method: Annotated[str | None, typer.Option(help="Name of a method, or all to compare them.")] = None,
    goal: Annotated[float | None, typer.Option(help="Money per year to share out.")] = None,
    explain: Annotated[str | None, typer.Option(metavar="REP", help="One rep's quota, line by line.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the tables.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set quotas on the books of an alignment.

    Settings come from [quota] in territory.toml. Writes quotas.csv, and quota_months.csv and
    quota_levels.csv where a season, a ramp or hedges are set.
    """
    from territory_opt.alignment import Alignment
    from territory_opt.errors import PolicyError
    from territory_opt.io.alignments import read_alignment

    facts = open_facts(data)
    books = Alignment.today(facts.problem) if alignment is None else read_alignment(facts.problem, alignment)
    given = _given(facts, method, goal)
    if method == ALL:
        if explain is not None:
            raise PolicyError("--explain needs one method: name it with --method")
        _compare(facts, books, given, out, form)
    else:
        _one(facts, books, given, explain, out, form)


def _given(facts: Facts, method: str | None, goal: float | None) -> dict[str, Any]:
    """The settings of territory.toml under those of the call."""
    import dataclasses

    given = dataclasses.asdict(facts.config.quota)
    given |= {} if method in (None, ALL) else {"method": method}
    return given | ({} if goal is None else {"goal": goal})


def _one(
    facts: Facts, books: Alignment, given: Mapping[str, Any], rep: str | None, out: Path | None, form: Format
) -> None:
    from territory_opt.deliver.quota_facts import make_quotas
    from territory_opt.deliver.quotas import chapters_of, write_quotas
    from territory_opt.quota import settings_of

    quotas = make_quotas(facts.problem, books, given)
    chapters = list(chapters_of(facts.problem, settings_of(given), quotas))
    files = {} if out is None else write_quotas(chapters, out)
    if rep is not None:
        _explain(quotas, rep, form)
        return
    record = {"method": quotas.method, "goal": quotas.goal, "assigned": quotas.assigned}
    _print(_rows(facts, quotas), record, (quotas.basis, *quotas.notes), files, form)


def _compare(
    facts: Facts, books: Alignment, given: Mapping[str, Any], out: Path | None, form: Format
) -> None:
    from territory_opt.deliver.quota_facts import make_all_quotas
    from territory_opt.deliver.quotas import method_columns, write_quotas
    from territory_opt.errors import PolicyError
    from territory_opt.io.report import Chapter

    found, refused = make_all_quotas(facts.problem, books, given)
    if not found:
        raise PolicyError("; ".join(dict.fromkeys(refused.values())))
    columns = method_columns(facts.problem, found)
    chapter = Chapter("Quotas by method", "quota_methods.csv", columns)
    files = {} if out is None else write_quotas([chapter], out)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if form is Format.TABLE:  # a terminal is narrow
        rows = [{"rep_id": row["rep_id"], **_short(row)} for row in rows]
    first = next(iter(found.values()))
    record = {"goal": first.goal, "assigned": first.assigned, "basis": {n: q.basis for n, q in found.items()}}
    _print(rows, record, _notes(found, refused), files, form)


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """The quotas by the names of their methods."""
    before = "quota by "
    return {name.removeprefix(before): value for name, value in row.items() if name.startswith(before)}


def _notes(found: Mapping[str, Quotas], refused: Mapping[str, str]) -> list[str]:
    """Every note once, with the methods it is about where it is not about all; and what could not be used."""
    who: dict[str, list[str]] = {}
    for name, quotas in found.items():
        for note in quotas.notes:
            who.setdefault(note, []).append(name)
    notes = [
        note if len(names) == len(found) else f"{', '.join(names)}: {note}" for note, names in who.items()
    ]
    return notes + [f"{name}: not possible, {why}" for name, why in refused.items()]


def _rows(facts: Facts, quotas: Quotas) -> list[dict[str, Any]]:
    rows = []
    for r, rep in enumerate(quotas.rep_ids):
        sold = float(quotas.baseline[r])
        row = {"rep_id": rep, "name": facts.problem.reps.names[r], "revenue": sold}
        row |= {"potential": float(quotas.potential[r]), "quota": float(quotas.quota[r])}
        row["growth"] = float(quotas.quota[r]) / sold - 1 if sold > 0 else float("nan")
        rows.append(row | {"index of quota": float(quotas.index[r])})
    return rows


def _explain(quotas: Quotas, rep: str, form: Format) -> None:
    from territory_opt.errors import PolicyError, did_you_mean

    ids = [str(i) for i in quotas.rep_ids]
    if rep not in ids:
        raise PolicyError(f"no rep has the id {rep!r}. {did_you_mean(rep, ids)}")
    r = ids.index(rep)
    rows = [*quotas.rows_of(r), ("quota", float(quotas.quota[r]))]
    if form is not Format.TABLE:
        show([{"line": label, "money": money} for label, money in rows], form)
        return
    say(printable(quotas.basis))
    width = max(len(label) for label, _ in rows)
    for label, money in rows:
        say(f"{printable(label):<{width}}  {money:>18,.2f}")


def _print(
    rows: list[dict[str, Any]],
    record: Mapping[str, Any],
    notes: Any,
    files: Mapping[str, Path],
    form: Format,
) -> None:
    if form is Format.JSON:
        paths = {name: str(path) for name, path in files.items()}
        show_json({**record, "notes": list(notes), "quotas": rows, "files": paths})
        return
    show(rows, form)
    if form is Format.TABLE:
        for note in notes:
            say(printable(note))
        for path in files.values():
            say(f"wrote {path}")
