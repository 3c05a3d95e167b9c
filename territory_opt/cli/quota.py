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
    from territory_opt.deliver.quota_methods import QuotaStandings
    from territory_opt.quota import Quotas

ALL = "all"
#: Of what is said about the fairness of methods, what fits on a terminal; the files have all.
_STANDING = ("method", "tests failed", "least chance", "greatest chance", "deviation last year")


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
    quota_levels.csv where a season, a ramp or hedges are set. With --method all the methods are also
    judged by the tests of fairness, on past sales too where there are any, and the fairest is named.
    """
    from territory_opt.alignment import Alignment
    from territory_opt.errors import PolicyError
    from territory_opt.io.alignments import read_alignment

    facts = open_facts(data, goal=goal)
    books = Alignment.today(facts.problem) if alignment is None else read_alignment(facts.problem, alignment)
    given = _given(facts, method)
    if method == ALL:
        if explain is not None:
            raise PolicyError("--explain needs one method: name it with --method")
        _compare(facts, books, given, out, form)
    else:
        _one(facts, books, given, explain, out, form)


def _given(facts: Facts, method: str | None) -> dict[str, Any]:
    """The settings of territory.toml under those of the call."""
    import dataclasses

    given = dataclasses.asdict(facts.config.quota)
    return given if method in (None, ALL) else given | {"method": method}


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
    from territory_opt.deliver.quota_methods import FILE, SHEET, same_as
    from territory_opt.deliver.quotas import method_columns, write_quotas
    from territory_opt.errors import PolicyError
    from territory_opt.io.report import Chapter

    found, refused = make_all_quotas(facts.problem, books, given)
    if not found:
        raise PolicyError("; ".join(dict.fromkeys(refused.values())))
    table, judged = method_columns(facts.problem, found), _standing(facts, books, given)
    chapters = [Chapter("Quotas by method", "quota_methods.csv", table)]
    if judged is not None:
        chapters.append(Chapter(SHEET, FILE, judged.columns(), judged.notes))
    files = {} if out is None else write_quotas(chapters, out)
    notes = _notes(found, refused) if judged is None else [*_notes(found, {}), *judged.notes]
    rows, standing = _rows_of(table), [] if judged is None else _rows_of(judged.columns())
    first = next(iter(found.values()))
    record = {"goal": first.goal, "assigned": first.assigned, "basis": {n: q.basis for n, q in found.items()}}
    if judged is not None:
        record |= {"fairest": list(judged.fairest), "fairness": standing}
    if form is Format.TABLE:  # a terminal is narrow
        shown = [names[0] for name, names in same_as(found).items() if names[0] == name]
        rows = [{"rep_id": row["rep_id"], **{n: row[f"quota by {n}"] for n in shown}} for row in rows]
        show(rows, form)
        rows = [
            {k: v for k, v in row.items() if k in _STANDING} for row in standing if row["method"] in shown
        ]
        notes = [*_twins(found), *notes]
    _print(rows, record, notes, files, form)


def _standing(facts: Facts, books: Alignment, given: Mapping[str, Any]) -> QuotaStandings | None:
    """The methods by the tests of fairness; None where nothing can be expected of the books."""
    from territory_opt.deliver.plan import Plan
    from territory_opt.deliver.quota_methods import standings
    from territory_opt.errors import DataError, PolicyError
    from territory_opt.scenarios import value

    result = value(facts.problem, facts.config.policy, books)
    try:
        return standings(
            Plan(facts.problem, facts.config.policy, result, given, incentives=facts.config.incentives)
        )
    except (DataError, PolicyError):
        return None


def _twins(found: Mapping[str, Quotas]) -> list[str]:
    """Which methods a narrow table leaves out, for they give the same quotas as others."""
    from territory_opt.deliver.quota_methods import same_as

    groups = dict.fromkeys(names for names in same_as(found).values() if len(names) > 1)
    return [f"The same quotas as {first}: {', '.join(others)}." for first, *others in groups]


def _rows_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    lists = [values.tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


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
