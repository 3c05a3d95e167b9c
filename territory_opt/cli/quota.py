"""The verb about quotas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.application import Data, FormatOption, app
from territory_opt.cli.hand_over import Facts, open_facts
from territory_opt.cli.quota_methods import compare
from territory_opt.cli.quota_output import plan_on, print_quotas
from territory_opt.cli.terminal import Format, printable, say, show

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.deliver.plan import Plan
    from territory_opt.quota import QuotaFairness, Quotas

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
    """Set quotas on the books of an alignment, and judge how fair they are.

    Settings come from [quota] in territory.toml. Writes quotas.csv and quota_fairness.csv, and
    quota_months.csv and quota_levels.csv where a season, a ramp or hedges are set. With --method all the
    methods are compared by the same tests, on past sales too where there are any, and the fairest is named.
    """
    from territory_opt.alignment import Alignment
    from territory_opt.errors import PolicyError
    from territory_opt.io.alignments import read_alignment

    facts = open_facts(data, goal=goal)
    books = Alignment.today(facts.problem) if alignment is None else read_alignment(facts.problem, alignment)
    given = _given(facts, method)
    if method != ALL:
        _one(facts, books, given, explain, out, form)
    elif explain is None:
        compare(facts, books, given, out, form)
    else:
        raise PolicyError("--explain needs one method: name it with --method")


def _given(facts: Facts, method: str | None) -> dict[str, Any]:
    """The settings of territory.toml under those of the call."""
    import dataclasses

    given = dataclasses.asdict(facts.config.quota)
    return given if method in (None, ALL) else given | {"method": method}


def _one(
    facts: Facts, books: Alignment, given: Mapping[str, Any], rep: str | None, out: Path | None, form: Format
) -> None:
    from territory_opt.deliver.quota_fairness import judgement

    plan = plan_on(facts, books, given)
    quotas = plan.quotas
    if rep is not None and out is None:
        _explain(quotas, rep, form)
        return
    found, said = judgement(plan)
    files = {} if out is None else _write(plan, found, said, out)
    if rep is not None:
        _explain(quotas, rep, form)
        return
    record: dict[str, Any] = {"method": quotas.method, "goal": quotas.goal, "assigned": quotas.assigned}
    record["fairness"] = [] if found is None else found.rows()
    print_quotas(_rows(plan, found), record, (quotas.basis, *quotas.notes, *said), files, form)


def _write(plan: Plan, found: QuotaFairness | None, said: tuple[str, ...], out: Path) -> dict[str, Path]:
    from territory_opt.deliver.quota_fairness import fairness_chapter
    from territory_opt.deliver.quotas import chapters_of, write_quotas

    chapters = chapters_of(plan.problem, plan.quota_settings, plan.quotas)
    return write_quotas([*chapters, fairness_chapter(plan, found, said)], out)


def _rows(plan: Plan, found: QuotaFairness | None) -> list[dict[str, Any]]:
    rows, quotas = [], plan.quotas
    for r, rep in enumerate(quotas.rep_ids):
        sold = float(quotas.baseline[r])
        row = {"rep_id": rep, "name": plan.problem.reps.names[r], "revenue": sold}
        row |= {"potential": float(quotas.potential[r]), "quota": float(quotas.quota[r])}
        row["growth"] = float(quotas.quota[r]) / sold - 1 if sold > 0 else float("nan")
        row["index of quota"] = float(quotas.index[r])
        rows.append(row if found is None else row | {"chance of quota": float(found.chance[r])})
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
