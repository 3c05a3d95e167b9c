"""Verbs about the force: how many reps, and what they earn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from territory_opt.cli.application import AlignmentFile, Data, FormatOption, app
from territory_opt.cli.chapters import print_chapters
from territory_opt.cli.hand_over import Facts, open_facts, valued
from territory_opt.cli.terminal import Format, complain, ctrl_c_ends_at_once, only_our_output

if TYPE_CHECKING:
    from territory_opt.incentives import Credits
    from territory_opt.io.report import Chapter

Out = Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the files.")]


@app.command()
def headcount(
    data: Data,
    out: Out = None,
    curve: Annotated[bool, typer.Option("--curve", help="Solve for other numbers of reps.")] = False,
    around: Annotated[int, typer.Option(min=0, max=100, help="How many more and fewer.")] = 2,
    time: Annotated[float, typer.Option(min=0.0, help="Seconds for each solve of the curve.")] = 10.0,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same curve.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say how many reps the work needs and what one more is worth.

    Work by segment, capacity by month, payback, best size and spans, by [headcount] in territory.toml.
    With --curve also a plan for each of N − 2 … N + 2 reps; it alone is printed as CSV.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.deliver.folder import write_chapters
        from territory_opt.deliver.headcount import FILES, headcount_chapters
    facts = open_facts(data)
    chapters = list(headcount_chapters(facts.problem, facts.config.policy, facts.config.headcount))
    if curve:
        chapters.append(_curve(facts, around, time, facts.config.solve.seed if seed is None else seed))
    files = {} if out is None else write_chapters(chapters, out, "headcount.xlsx", FILES)
    print_chapters(chapters if curve or form is not Format.CSV else chapters[:1], form, files)


def _curve(facts: Facts, around: int, seconds: float, seed: int) -> Chapter:
    """The measured curve as a chapter."""
    with ctrl_c_ends_at_once():
        from territory_opt.deliver.headcount import curve_chapter
        from territory_opt.plots.headcount import curve_picture
        from territory_opt.policy.words import counted
        from territory_opt.scenarios import headcount_curve
        from territory_opt.solve import MaxRuntime
    with only_our_output():
        found = headcount_curve(
            facts.problem,
            facts.config.policy,
            settings=facts.config.headcount,
            around=around,
            stop=MaxRuntime(seconds),
            seed=seed,
            on_size=lambda size: complain(f"solving for {counted(size, 'rep')} …"),
        )
    columns = found.columns()
    picture = curve_picture(
        found.size,
        columns["travel cost"],
        found.hours_covered,
        (found.sales, found.sales_low, found.sales_high),
        found.contribution,
        found.today,
        facts.problem.currency,
    )
    return curve_chapter(found, found.notes, picture)


@app.command()
def incentives(
    data: Data,
    alignment: AlignmentFile,
    out: Out = None,
    credits: Annotated[
        Path | None, typer.Option("--credits", help="A crediting table of your own, to be checked.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say what an alignment does to pay.

    Payouts on its quotas, commission at risk, a transition credit, the crediting table and leagues: what
    [incentives] in territory.toml and the columns of the reps allow. As CSV the first of these tables.
    """
    import dataclasses

    from territory_opt.deliver.folder import write_chapters
    from territory_opt.deliver.incentives import FILES, incentive_chapters
    from territory_opt.deliver.plan import Plan
    from territory_opt.errors import Issue, PolicyError

    facts = open_facts(data)
    settings, quota = facts.config.incentives, dataclasses.asdict(facts.config.quota)
    result = valued(facts, alignment)
    plan = Plan(facts.problem, facts.config.policy, result, quota, incentives=settings)
    given = None if credits is None else _given_credits(facts, credits)
    chapters = list(incentive_chapters(plan, asked=True, credits=given))
    if not chapters:
        mend = "Write [[incentives.plans]], rate, effective_date or leagues"
        raise PolicyError(Issue("territory.toml", None, "incentives", "", "asks for nothing", mend))
    files = {} if out is None else write_chapters(chapters, out, "incentives.xlsx", FILES)
    print_chapters(chapters[:1] if form is Format.CSV else chapters, form, files)


def _given_credits(facts: Facts, path: Path) -> Credits:
    """The planner's own crediting table; without a date of the plan its money is that of this year."""
    from datetime import date

    from territory_opt.incentives import credits_of
    from territory_opt.io.credits_file import read_credits

    first_day = facts.config.incentives.first_day or date.today().replace(month=1, day=1)
    return credits_of(facts.problem, *read_credits(facts.problem, path), first_day)
