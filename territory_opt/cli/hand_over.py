"""What the verbs of the command line share: opening a data folder, valuing a plan, handing a result over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from territory_opt.cli.terminal import (
    Format,
    complain_of,
    ctrl_c_ends_at_once,
    issue_rows,
    printable,
    say,
    show,
    show_json,
)
from territory_opt.errors import DataError, PolicyError

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.config import Config
    from territory_opt.design import Design
    from territory_opt.errors import Issue
    from territory_opt.problem import Problem
    from territory_opt.result import Result


class Facts(NamedTuple):
    """A data folder that can be planned."""

    problem: Problem
    config: Config
    warnings: tuple[Issue, ...]


def open_facts(data: Path, *, goal: float | None = None) -> Facts:
    """What a data folder holds; warnings are told on standard error. DataError lists every fault.

    goal: of the quotas, in the place of that in territory.toml.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.config import examine

        problem, config, issues = examine(data, goal=goal)
    if problem is None or any(issue.fatal for issue in issues):
        raise DataError(issues)
    complain_of(issues)
    return Facts(problem, config, issues)


def plan_in(facts: Facts, alignment: Path, areas: Path | None = None) -> Alignment:
    """The plan in an alignment file and its table of areas; how that was read is told on standard error."""
    from territory_opt.io.plan_files import read_plan

    plan, issues = read_plan(facts.problem, facts.config.policy, alignment, areas)
    complain_of(issues)
    return plan


def valued(facts: Facts, alignment: Path, areas: Path | None = None) -> Result:
    """The recount of an alignment file."""
    from territory_opt.io.shadow_prices import prices_beside
    from territory_opt.scenarios import value

    problem, policy = facts.problem, facts.config.policy
    plan = plan_in(facts, alignment, areas)
    return value(problem, policy, plan, prices_beside(alignment, problem, policy))


def day(text: str | None) -> date | None:
    """A day as YYYY-MM-DD; PolicyError for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PolicyError(f"{text!r} is no date; write YYYY-MM-DD") from None


def hand_over(facts: Facts, result: Result, out: Path, form: Format) -> None:
    """Write the files of a plan, and say what it is and where they are."""
    import dataclasses

    from territory_opt.deliver import deliver_report, make_report

    quota = dataclasses.asdict(facts.config.quota)
    config = facts.config
    report = make_report(
        facts.problem, config.policy, result, quota, fairness=config.fairness, incentives=config.incentives
    )
    files = deliver_report(report, out, warnings=facts.warnings)
    print_result(facts, result, form, files, {c.sheet.lower(): c.notes for c in report.chapters})


def print_result(
    facts: Facts,
    result: Result,
    form: Format,
    files: Mapping[str, Path] | None = None,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Print a result: the summary, the territories as CSV, or everything as one JSON document."""
    if form is Format.JSON:
        from territory_opt.io.outputs import result_record

        record: dict[str, Any] = {**result_record(result), "warnings": issue_rows(facts.warnings)}
        if files:
            record["notes"] = {chapter: list(said) for chapter, said in (notes or {}).items()}
            record["files"] = {name: str(path) for name, path in files.items()}
        show_json(record)
    elif form is Format.CSV:
        from territory_opt.deliver import make_report
        from territory_opt.io.report import territory_table

        table = territory_table(make_report(facts.problem, facts.config.policy, result))
        show([dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)], form)
    else:
        say("\n".join(printable(line) for line in str(result).splitlines()))
        if files:
            say()
            for chapter, said in (notes or {}).items():
                for note in said:
                    say(f"{chapter}: {printable(note)}")
            say(f"map: {files['map.html']}" if "map.html" in files else "no map")
            say(f"all files: {files['result.json'].parent}")


def bands_and_hour_cost(facts: Facts, within: float | None) -> dict[str, Any]:
    """What territory.toml asks of new territories: its bands, all of one width if given, and travel."""
    from territory_opt.policy import Balance, Travel

    terms = facts.config.policy.terms
    bands = {term.measure: term.within for term in terms if isinstance(term, Balance)}
    if within is not None:
        bands = dict.fromkeys(bands, within)
    hour_cost = next((term.hour_cost for term in terms if isinstance(term, Travel)), Travel().hour_cost)
    return {"measures": bands, "hour_cost": hour_cost} if bands else {"hour_cost": hour_cost}


def numbers(text: str) -> Any:
    """ "8" as a number and "6-10" as a range; anything else as it is, for the one who lists the faults."""
    low, dash, high = text.strip().partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit():
        return range(int(low), int(high) + 1)
    return int(low) if low.isdigit() and not dash else text


def print_design(facts: Facts, design: Design, out: Path | None, form: Format) -> None:
    """Write a design where a folder is given; print its summary, its territories, or one JSON document."""
    from territory_opt.design.files import write_design

    files = {} if out is None else write_design(design, out)
    rows = design.rows()
    if form is Format.CSV:
        show(rows, form)
    elif form is Format.JSON:
        show_json(
            {
                "status": design.status.value,
                "objective": design.wishes.objective,
                "value": design.value,
                "bound": design.bound,
                "gap": design.gap,
                "faults": list(design.faults),
                "moved": int(design.audit.moved.sum()),
                "seed": design.seed,
                "runtime_s": round(design.runtime_s, 3),
                "territories": rows,
                "splits": design.split_rows(),
                "warnings": issue_rows(facts.warnings),
                "files": {name: str(path) for name, path in files.items()},
            }
        )
    else:
        say("\n".join(printable(line) for line in str(design).splitlines()))
        say()
        show(rows, form)
        for path in files.values():
            say(f"wrote {path}")
