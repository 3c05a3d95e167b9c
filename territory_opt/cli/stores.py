"""Verbs about many plans: the frontier, first moves, and the store of scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli.application import Data, FormatOption, app
from territory_opt.cli.hand_over import open_facts
from territory_opt.cli.terminal import (
    Format,
    complain,
    ctrl_c_ends_at_once,
    only_our_output,
    printable,
    say,
    show,
    show_json,
)

PointTime = Annotated[float, typer.Option("--time", min=0.0, help="Seconds for each point.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same plans.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that work side by side.")]
Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Of a Dask cluster, or `local`; needs territory_opt[dask].")
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", help="Folder for the table, the plot and the plans.")
]
StoreFolder = Annotated[Path, typer.Argument(metavar="STORE", help="Folder that keeps scenarios.")]

scenarios = typer.Typer(help="The store of scenarios.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(scenarios, name="scenarios")


@app.command()
def frontier(
    data: Data,
    out: Out = None,
    widths: Annotated[str, typer.Option(help="Of all bands.")] = "0.05,0.1,0.15,0.25",
    weights: Annotated[str, typer.Option(help="Of disruption against travel.")] = "0.25,1,4",
    time: PointTime = 20.0,
    seed: SeedOption = 1,
    workers: Workers = 1,
    scheduler: Scheduler = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Plans of which none is worse in everything: balance, travel, disruption.

    Each with a certified bound; the knee is marked. With -o the plans are written too.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import frontier as drawn
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    with only_our_output(), _executor(workers, scheduler) as executor:
        points = drawn(
            facts.problem,
            facts.config.policy,
            widths=_numbers(widths),
            weights=_numbers(weights),
            stop=MaxRuntime(time),
            seed=seed,
            executor=executor,
        )
    show(points.rows(), form)
    if out is not None:
        from territory_opt.scenarios.frontier_files import write_frontier

        for path in write_frontier(facts.problem, points, out):
            say(f"wrote {path}")


@app.command("first-moves")
def first_moves(
    data: Data,
    at_most: Annotated[str, typer.Option(help="Moves beside those that must be.")] = "0,1,2,5,10,20,50",
    time: PointTime = 20.0,
    seed: SeedOption = 1,
    workers: Workers = 1,
    scheduler: Scheduler = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """What the first moves buy: the best plan with at most 0, 1, 2, 5 … moves.

    And the ten moves of the last plan that buy most.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import first_moves as drawn
        from territory_opt.scenarios import moves_that_buy_most
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    problem, policy = facts.problem, facts.config.policy
    with only_our_output(), _executor(workers, scheduler) as executor:
        counts = [int(number) for number in _numbers(at_most)]
        steps = drawn(problem, policy, at_most=counts, stop=MaxRuntime(time), seed=seed, executor=executor)
        account, money = moves_that_buy_most(problem, policy, steps[-1].result.alignment)
    rep_ids, rep, owner = problem.reps.ids, steps[-1].result.alignment.rep, problem.accounts.owner
    best = [
        {
            "account_id": str(problem.accounts.ids[a]),
            "from_rep": str(rep_ids[owner[a]]),
            "to_rep": str(rep_ids[rep[a]]),
            "undoing costs per year": round(float(worth), 2),
        }
        for a, worth in zip(account.tolist(), money, strict=True)
    ]
    rows = [step.row() for step in steps]
    if form is Format.JSON:
        show_json({"steps": rows, "moves": best})
        return
    show(rows, form)
    if form is Format.TABLE and best:
        say("\nThe moves that buy most:")
        show(best, form)


@scenarios.command("list")
def list_scenarios(store: StoreFolder, form: FormatOption = Format.TABLE) -> None:
    """Every version of every scenario.

    Those that cannot be read are listed as broken.
    """
    from territory_opt.scenarios import Store

    entries = Store(store).entries()
    show([entry.row() for entry in entries], form)
    for entry in entries:
        if entry.fault:
            complain(f"warning: {printable(str(entry.folder))} {entry.fault}")


@scenarios.command("show")
def show_scenario(
    store: StoreFolder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the scenario.")],
    version: Annotated[int | None, typer.Option(help="The last one without it.")] = None,
) -> None:
    """Everything the store knows of one version, as JSON."""
    from territory_opt.scenarios import Store

    show_json(Store(store).entry(name, version).manifest)


@scenarios.command("diff")
def diff_scenarios(
    store: StoreFolder,
    one: Annotated[str, typer.Argument(metavar="NAME", help="Or NAME@VERSION.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Or OTHER@VERSION.")],
    accounts: Annotated[bool, typer.Option("--accounts", help="Account by account instead.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """What differs between two scenarios: wishes, figures, accounts."""
    from territory_opt.scenarios import Difference, Store

    kept = Store(store)
    told = Difference(*(kept.load(*_versioned(text)) for text in (one, other)))
    show(told.accounts() if accounts else told.rows(), form)


@scenarios.command("restore")
def restore_scenario(
    store: StoreFolder,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Or NAME@VERSION.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files of the plan.")],
) -> None:
    """Write the files of a plan again, as it was when it was kept."""
    from territory_opt.deliver import deliver
    from territory_opt.errors import DataError
    from territory_opt.scenarios import Store

    scenario = Store(store).load(*_versioned(name))
    if scenario.result is None:
        raise DataError(f"{name} has no plan")
    for path in deliver(scenario.problem, scenario.policy, scenario.result, out).values():
        say(f"wrote {path}")


def _versioned(text: str) -> tuple[str, int | None]:
    name, sign, version = text.rpartition("@")
    return (name, int(version)) if sign and version.isdigit() else (text, None)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} needs numbers with commas between them") from None


@contextmanager
def _executor(workers: int, scheduler: str) -> Iterator[Executor | None]:
    """What works for us: nobody else, processes, or a cluster."""
    if scheduler:
        from territory_opt.cluster import cluster

        with cluster(scheduler, workers) as executor:
            yield executor
    elif workers > 1:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
            yield executor
    else:
        yield None
