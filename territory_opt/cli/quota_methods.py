"""All methods of setting quotas, side by side and by the same tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.cli.hand_over import Facts
from territory_opt.cli.quota_output import plan_on, print_quotas, said_once
from territory_opt.cli.terminal import Format, show

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.deliver.quota_methods import QuotaStandings
    from territory_opt.quota import Quotas

#: Of what is said about the fairness of methods, what fits on a terminal; the files have all.
_STANDING = ("method", "tests failed", "least chance", "greatest chance", "deviation last year")


def compare(facts: Facts, books: Alignment, given: Mapping[str, Any], out: Path | None, form: Format) -> None:
    """Quotas by every method, and which is fairest by the tests. PolicyError where no method can be used."""
    from territory_opt.deliver.quota_facts import make_all_quotas
    from territory_opt.deliver.quota_methods import FILE, SHEET
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
    rows, standing = _rows_of(table), [] if judged is None else _rows_of(judged.columns())
    notes = _notes(found, refused, judged)
    if form is Format.TABLE:  # a terminal is narrow
        rows, notes = _narrow(found, rows, standing, notes)
    print_quotas(rows, _record(found, judged, standing), notes, files, form)


def _standing(facts: Facts, books: Alignment, given: Mapping[str, Any]) -> QuotaStandings | None:
    """The methods by the tests of fairness; None where nothing can be expected of the books."""
    from territory_opt.deliver.quota_methods import standings
    from territory_opt.errors import DataError, PolicyError

    try:
        return standings(plan_on(facts, books, given))
    except (DataError, PolicyError):
        return None


def _record(
    found: Mapping[str, Quotas], judged: QuotaStandings | None, standing: list[dict[str, Any]]
) -> dict[str, Any]:
    first = next(iter(found.values()))
    record = {"goal": first.goal, "assigned": first.assigned, "basis": {n: q.basis for n, q in found.items()}}
    return record if judged is None else record | {"fairest": list(judged.fairest), "fairness": standing}


def _notes(
    found: Mapping[str, Quotas], refused: Mapping[str, str], judged: QuotaStandings | None
) -> list[str]:
    """Every note once; what could not be used, which the standings say themselves; and the fairest."""
    notes = said_once({name: quotas.notes for name, quotas in found.items()})
    if judged is not None:
        return [*notes, *judged.notes]
    return [*notes, *(f"{name}: not possible, {why}" for name, why in refused.items())]


def _narrow(
    found: Mapping[str, Quotas],
    rows: list[dict[str, Any]],
    standing: list[dict[str, Any]],
    notes: list[str],
) -> tuple[list[dict[str, Any]], list[str]]:
    """Prints the quotas; of methods that give the same the first. Returns the standings and the notes."""
    from territory_opt.deliver.quota_methods import same_as

    same = same_as(found)
    shown = [names[0] for name, names in same.items() if names[0] == name]
    show(
        [{"rep_id": row["rep_id"], **{n: row[f"quota by {n}"] for n in shown}} for row in rows], Format.TABLE
    )
    twins = [
        f"The same quotas as {first}: {', '.join(others)}."
        for first, *others in dict.fromkeys(same.values())
        if others
    ]
    kept = [{k: v for k, v in row.items() if k in _STANDING} for row in standing if row["method"] in shown]
    return kept, [*twins, *notes]


def _rows_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    lists = [values.tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
