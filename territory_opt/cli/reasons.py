"""The verb that says why: of an account, an area, a territory, a band, a cap or a lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from territory_opt.cli.application import AlignmentFile, AreaFile, Data, FormatOption, app
from territory_opt.cli.hand_over import Facts, open_facts, plan_in, valued
from territory_opt.cli.terminal import (
    Format,
    ctrl_c_ends_at_once,
    only_our_output,
    printable,
    say,
    show,
    show_json,
)

if TYPE_CHECKING:
    from territory_opt.scenarios import Explained


@app.command()
def explain(
    data: Data,
    alignment: AlignmentFile,
    account: Annotated[str | None, typer.Argument(metavar="ID", help="The id of one account.")] = None,
    is_area: Annotated[bool, typer.Option("--area", help="ID is that of an area.")] = False,
    territory: Annotated[str | None, typer.Option(metavar="REP", help="Why it is as it is.")] = None,
    band: Annotated[str | None, typer.Option(metavar="WISH", help="What a band costs, on whom.")] = None,
    cap: Annotated[str | None, typer.Option(metavar="WISH", help="What a cap costs.")] = None,
    lock: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="What its lock costs.")] = None,
    time: Annotated[
        float | None,
        typer.Option("--time", min=0.0, help="Seconds for each counter-question; without, prices answer."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same answer.")] = 1,
    areas: AreaFile = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say why an account, a territory, a band, a cap or a lock is as it is.

    Of an account: what every rep would cost for it and all that goes with it, and what stands against each.
    Of the rest: money per year, at the shadow prices that `solve` wrote beside ALIGNMENT; with --time the
    counter-question is solved too, from the plan searched again, and its answer is a proved interval.
    """
    asked = {"account": account, "territory": territory, "band": band, "cap": cap, "lock": lock}
    given = {what: name for what, name in asked.items() if name is not None}
    if len(given) != 1:
        raise typer.BadParameter("give one of ID, --territory, --band, --cap and --lock")
    facts = open_facts(data)
    ((what, name),) = given.items()
    if what == "account":
        _choices(facts, alignment, name, is_area, areas, form)
        return
    _print(_explained(facts, alignment, areas, what, name, time, seed), form)


def _choices(
    facts: Facts, alignment: Path, name: str, is_area: bool, areas: Path | None, form: Format
) -> None:
    from territory_opt.explain import explain as choices_of

    plan = plan_in(facts, alignment, areas)
    asked = {"area_id" if is_area else "account_id": name}
    choices = choices_of(facts.problem, facts.config.policy, plan, **asked)
    show([choice.as_row(facts.problem) for choice in choices], form)


def _explained(
    facts: Facts, alignment: Path, areas: Path | None, what: str, name: str, time: float | None, seed: int
) -> Explained:
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import Scenario, explain_band, explain_cap, explain_lock
        from territory_opt.scenarios import explain_territory as territory
        from territory_opt.solve import MaxRuntime
    ways = {"territory": territory, "band": explain_band, "cap": explain_cap, "lock": explain_lock}
    result = valued(facts, alignment, areas)
    scenario = Scenario(facts.problem, facts.config.policy, alignment.stem, result=result)
    with only_our_output():
        if time is None:
            return ways[what](scenario, name)
        searched = scenario.with_().solve(stop=MaxRuntime(time), seed=seed)
        return ways[what](searched, name, stop=MaxRuntime(time), seed=seed)


def _print(found: Explained, form: Format) -> None:
    if form is Format.JSON:
        show_json(found.record())
        return
    if form is Format.TABLE:
        say("\n".join(printable(line) for line in found.sentences))
        say()
    show(found.rows(), form)
