"""The verb about fairness: how even books are, who would swap, and which tolerance pays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.application import Data, FormatOption, app
from territory_opt.cli.hand_over import Facts, open_facts, valued
from territory_opt.cli.terminal import (
    Format,
    ctrl_c_ends_at_once,
    only_our_output,
    printable,
    progress,
    say,
    show,
    show_json,
)

if TYPE_CHECKING:
    from territory_opt.deliver import FairnessReport
    from territory_opt.result import Result
    from territory_opt.scenarios import ToleranceAdvice

#: Of the columns about groups and reps, those that fit on a terminal; the files have all.
_OF_GROUPS = ("measure", "by", "group", "mean index", "gini", "part of theil")
_OF_REPS = ("rep_id", "name", "books preferred", "preferred by more", "commission", "index of commission")
#: Files that only some plans have; advice that took long to find is left alone.
_SOMETIMES = {"fairness_groups.csv", "fairness.png", "fairness_index.png"}


@app.command()
def fairness(
    data: Data,
    alignment: Annotated[
        Path | None, typer.Argument(metavar="[ALIGNMENT]", help="A plan to set beside today's books.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for tables and pictures.")] = None,
    advise: Annotated[bool, typer.Option("--advise", help="Solve for several tolerances.")] = False,
    tolerances: Annotated[str, typer.Option(help="In per cent, for --advise.")] = "2,5,10,15,20",
    margin: Annotated[float | None, typer.Option(help="Worth of a unit of sales, for --advise.")] = None,
    time: Annotated[float | None, typer.Option(min=0.0, help="Seconds at most per tolerance.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same plans.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say how fair the books are.

    Index per share of each rep, by region and manager, who would rather have another's book, commission.
    With --advise also which tolerance pays: its travel and broken relationships against what it earns.
    """
    widths = percentages(tolerances)
    facts = open_facts(data)
    result = _judged(facts, alignment)
    from territory_opt.deliver import fairness_report

    config, today = facts.config, alignment is None
    told = fairness_report(facts.problem, config.policy, result, settings=config.fairness, only_today=today)
    advice = _advice(facts, widths, margin, time, seed) if advise else None
    files = {} if out is None else _written(facts, result, told, advice, out, today)
    _print(told, advice, files, form)


def percentages(text: str) -> list[float]:
    """ "2,5,10" as 0.02, 0.05, 0.1."""
    try:
        return [float(part.strip().rstrip("%")) / 100 for part in text.split(",")]
    except ValueError:
        hint = "must be numbers in per cent with commas between, such as 5,10,20"
        raise typer.BadParameter(f"{text!r} {hint}", param_hint="--tolerances") from None


def _judged(facts: Facts, alignment: Path | None) -> Result:
    """The recount of a plan, or of today's books."""
    if alignment is not None:
        return valued(facts, alignment)
    from territory_opt.alignment import Alignment
    from territory_opt.scenarios import value

    return value(facts.problem, facts.config.policy, Alignment.today(facts.problem))


def _advice(
    facts: Facts, widths: list[float], margin: float | None, time: float | None, seed: int | None
) -> ToleranceAdvice:
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import tolerance_advice
        from territory_opt.solve import MaxRuntime
    settings = facts.config.solve
    with only_our_output(), progress() as on_step:
        return tolerance_advice(
            facts.problem,
            facts.config.policy,
            widths,
            stop=MaxRuntime(settings.max_runtime_s if time is None else time),
            seed=settings.seed if seed is None else seed,
            margin=facts.config.fairness.margin if margin is None else margin,
            on_step=on_step,
        )


def _written(
    facts: Facts,
    result: Result,
    told: FairnessReport,
    advice: ToleranceAdvice | None,
    out: Path,
    today: bool,
) -> dict[str, Path]:
    from territory_opt.deliver import fairness_pictures
    from territory_opt.io.outputs import write_csv, write_pictures

    tables = {"fairness.csv": told.figures, "fairness_reps.csv": told.reps}
    if len(told.groups["group"]):
        tables["fairness_groups.csv"] = told.groups
    pictures = fairness_pictures(facts.problem, result, only_today=today)
    if advice is not None:
        from territory_opt.scenarios.advice_picture import advice_columns, advice_picture

        tables["tolerance.csv"] = advice_columns(advice)
        pictures["tolerance.png"] = advice_picture(advice)
    for name, columns in tables.items():
        write_csv(out / name, columns)
    write_pictures(out, pictures)
    for name in _SOMETIMES - {*tables, *pictures}:
        (out / name).unlink(missing_ok=True)  # those of another plan
    return {name: out / name for name in (*tables, *pictures)}


def _print(
    told: FairnessReport, advice: ToleranceAdvice | None, files: dict[str, Path], form: Format
) -> None:
    """The tables and sentences; as CSV one table: of the tolerances where asked for, else of the figures."""
    tables = {"figures": told.figures, "groups": told.groups, "reps": told.reps}
    rows = {name: _rows(columns) for name, columns in tables.items()}
    found = advice.rows() if advice is not None else []
    if form is Format.JSON:
        record: dict[str, Any] = {**rows, "notes": list(told.notes)}
        if advice is not None:
            record |= {"tolerances": found, "verdict": advice.verdict}
        show_json(record | {"files": {name: str(path) for name, path in files.items()}})
    elif form is Format.CSV:
        show(found or rows["figures"], form)
    else:
        show(_beside(rows["figures"]), form)
        for name, shown in (("groups", _OF_GROUPS), ("reps", _OF_REPS)):
            show([{k: v for k, v in row.items() if k.startswith(shown)} for row in rows[name]], form)
        for line in told.notes:
            say(printable(line))
        if advice is not None:
            say()
            show(found, form)
            say(printable(advice.verdict))
        for path in files.values():
            say(f"wrote {path}")


def _beside(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a figure, measures side by side, as a terminal has room for."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in figures:
        measure, figure, unit, *_ = row.values()
        line = found.setdefault((figure, unit), {"figure": figure})
        line |= {f"{measure}, {side}": row[side] for side in ("today", "plan") if side in row}
    return list(found.values())


def _rows(columns: Any) -> list[dict[str, Any]]:
    lists = [values.tolist() for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
