"""The verb that makes a plan whose bands hold although the future is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import BROKEN, AlignmentFile, Data, FormatOption, app
from territory_opt.cli.hand_over import open_facts, valued
from territory_opt.cli.terminal import (
    Format,
    ctrl_c_ends_at_once,
    only_our_output,
    printable,
    say,
    show,
    show_json,
)


@app.command()
def sure(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the files of the plan.")] = None,
    measure: Annotated[str, typer.Option(help="Whose band is to hold.")] = "potential",
    probability: Annotated[float, typer.Option(help="How often, for each rep.")] = 0.9,
    variation: Annotated[
        float | None,
        typer.Option(help="Standard deviation ÷ mean of an account; without, from history or volatility."),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, help="Futures that are drawn.")] = 2000,
    time: Annotated[float, typer.Option("--time", min=0.0, help="Seconds for each search.")] = 30.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same plan.")] = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Narrow a band until it holds with a probability.

    For a measure that is not known for certain. How often it holds is counted in draws that the search did
    not see. Exit code 3 when no plan was found that reaches the probability for every rep; the best one is
    kept then.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import Noise, Scenario, solve_surely
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    noise = Noise.of(facts.problem) if variation is None else Noise(variation)
    with only_our_output():
        base = Scenario(
            facts.problem, facts.config.policy, alignment.stem, result=valued(facts, alignment)
        ).with_()
        base = base.solve(stop=MaxRuntime(time), seed=seed)
        stop = MaxRuntime(time)
        found = solve_surely(base, measure, noise, probability=probability, draws=draws, stop=stop, seed=seed)
    if form is Format.JSON:
        figures = {"margin": found.margin, "probability": probability, "kept": found.kept}
        show_json({**figures, "measure": measure, "reps": found.rows()})
    else:
        if form is Format.TABLE:
            say(printable(str(found)) + "\n")
        show(found.rows(), form)
    if out is not None and found.scenario.result is not None:
        from territory_opt.deliver import deliver

        policy = found.scenario.policy
        deliver(found.scenario.problem, policy, found.scenario.result, out)
        if form is Format.TABLE:
            say(f"all files: {out}")
    if not found.kept:
        raise typer.Exit(BROKEN)
