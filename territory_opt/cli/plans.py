"""Verbs that make plans and judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import BROKEN, AlignmentFile, AreaFile, Data, FormatOption, app, end
from territory_opt.cli.hand_over import (
    bands_and_hour_cost,
    hand_over,
    numbers,
    open_facts,
    plan_in,
    print_design,
    print_result,
    valued,
)
from territory_opt.cli.terminal import Format, ctrl_c_ends_at_once, only_our_output, progress, say, show


@app.command()
def solve(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files of the plan.")],
    time: Annotated[float | None, typer.Option(min=0.0, help="Seconds at most.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same plan.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Find the best plan and prove how good it is.

    Writes the map, the workbook and the tables of the plan. Time and seed come from territory.toml
    where they are not given. Ctrl-C keeps the best plan so far. Exit code 3 when it breaks a wish.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.solve import MaxRuntime
        from territory_opt.solve import solve as search
    facts = open_facts(data)
    stop = MaxRuntime(facts.config.solve.max_runtime_s if time is None else time)
    with only_our_output(), progress() as on_step:
        result = search(
            facts.problem,
            facts.config.policy,
            stop=stop,
            seed=facts.config.solve.seed if seed is None else seed,
            on_step=on_step,
        )
    hand_over(facts, result, out, form)
    end(result)


@app.command()
def design(
    data: Data,
    k: Annotated[
        str,
        typer.Option("-k", metavar="K", help="How many territories; 6-10 compares sizes; North=3,South=5."),
    ],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the files.")] = None,
    contiguous: Annotated[
        bool,
        typer.Option("--contiguous", help="Each territory, district and region in one piece on the map."),
    ] = False,
    inside: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of areas or accounts: no territory crosses its regions."),
    ] = None,
    districts: Annotated[
        int | None, typer.Option(metavar="N", help="Group the territories into so many districts.")
    ] = None,
    regions: Annotated[
        int | None, typer.Option(metavar="N", help="And the districts (or territories) into regions.")
    ] = None,
    level_by: Annotated[
        str, typer.Option(help="What districts and regions are balanced by: count or load.")
    ] = "count",
    level_within: Annotated[
        float | None, typer.Option(help="In which band: a third of a count, 0.15 of a load by default.")
    ] = None,
    split: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Cut areas that fill more than this share of a territory: 0.2."),
    ] = None,
    objective: Annotated[str, typer.Option(help="What is least: travel, inertia or distance.")] = "travel",
    within: Annotated[
        float | None, typer.Option(help="Every band of the territories: 0.1 for ±10 %.")
    ] = None,
    vacant: Annotated[bool, typer.Option("--vacant", help="Leave every seat vacant: match no reps.")] = False,
    time: Annotated[float | None, typer.Option(min=0.0, help="Seconds at most.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same design.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw new territories from nothing.

    Centres are free; bands are those of territory.toml. Each goes to the rep of today who knows it best. A
    range of sizes is only compared. Districts are made of whole territories and regions of whole
    districts. Exit code 3 when the design breaks a wish.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.design import Sizes
        from territory_opt.design import design as draw
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    with only_our_output(), progress() as on_step:
        drawn = draw(
            facts.problem,
            numbers(k),
            objective=objective,
            contiguous=contiguous,
            inside=inside,
            levels={
                name: n for name, n in {"district": districts, "region": regions}.items() if n is not None
            },
            level_by=level_by,
            level_within=level_within,
            split_over=split,
            seed=facts.config.solve.seed if seed is None else seed,
            stop=MaxRuntime(facts.config.solve.max_runtime_s if time is None else time),
            on_step=on_step,
            **bands_and_hour_cost(facts, within),
        )
    if isinstance(drawn, Sizes):
        show(drawn.rows(), form)
        return
    plan = drawn if vacant else drawn.staffed(facts.problem)
    print_design(facts, plan, out, form)
    if plan.faults:
        raise typer.Exit(BROKEN)


@app.command()
def audit(
    data: Data, alignment: AlignmentFile, areas: AreaFile = None, form: FormatOption = Format.TABLE
) -> None:
    """Recount an alignment file.

    Says what it costs and which wishes it breaks. Exit code 3 when it breaks one.
    """
    facts = open_facts(data)
    result = valued(facts, alignment, areas)
    print_result(facts, result, form)
    end(result)


@app.command()
def compare(
    data: Data,
    alignments: Annotated[list[Path], typer.Argument(metavar="ALIGNMENT…", help="Alignment files.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder for pages, maps and tables.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set plans side by side, and beside today.

    With -o as a page with a map of each plan, a page for leaders about each, and the accounts that differ.
    """
    from territory_opt.scenarios import compare as compare_plans

    facts = open_facts(data)
    plans = {str(path): plan_in(facts, path) for path in alignments}
    found = compare_plans(facts.problem, facts.config.policy, plans)
    show(found.rows(), form)
    if out is not None:
        files = found.save(out)
        if form is Format.TABLE:
            say(f"page: {files['compare.html']}")
