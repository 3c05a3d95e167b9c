"""Verbs that ask what if: changes, conflicts, what decisions are worth, wishes from the field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from territory_opt.cli.application import BROKEN, AlignmentFile, Data, FormatOption, app, end
from territory_opt.cli.hand_over import Facts, hand_over, open_facts, valued
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
    from territory_opt.scenarios import Change, Scenario

Many = list[str] | None
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder that keeps scenarios.")]
TimeOption = Annotated[float | None, typer.Option("--time", min=0.0, help="Seconds at most.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same plan.")]


@app.command("what-if")
def what_if(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files of the plan.")],
    leaver: Annotated[Many, typer.Option(help="A rep who leaves; may be given again.")] = None,
    band: Annotated[Many, typer.Option(metavar="MEASURE=WIDTH", help="potential=0.1 for ±10 %.")] = None,
    assign: Annotated[Many, typer.Option(metavar="ACCOUNT=REP", help="Goes to that rep.")] = None,
    lock: Annotated[Many, typer.Option(metavar="ACCOUNT", help="Stays with its owner.")] = None,
    without: Annotated[Many, typer.Option(metavar="WISH", help="A wish that falls away.")] = None,
    others: Annotated[int | None, typer.Option(min=0, help="How many other accounts may move.")] = None,
    in_force: Annotated[bool, typer.Option("--in-force", help="Moves count from this plan.")] = False,
    store: StoreOption = None,
    name: Annotated[str, typer.Option(help="Of the scenario in the store.")] = "",
    time: TimeOption = None,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Change something and plan again, from the plan there is.

    Changes are made in the order of the options above. A small change takes about a quarter of the time.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import Store
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    base = _scenario(facts, alignment)
    changed = (base.adopted() if in_force else base).with_(
        *_changes(leaver, band, assign, lock, without, others), name=name
    )
    stop = None if time is None else MaxRuntime(time)
    with only_our_output(), progress() as on_step:
        solved = changed.solve(stop=stop, seed=seed, on_step=on_step)
    assert solved.result is not None
    after = Facts(solved.problem, replace(facts.config, policy=solved.policy), facts.warnings)
    hand_over(after, solved.result, out, form)
    if store is not None:
        entry = Store(store).save(solved)
        if form is Format.TABLE:
            say(f"kept as {printable(entry.name)}, version {entry.version}")
    end(solved.result)


@app.command()
def conflict(
    data: Data,
    time: Annotated[float, typer.Option("--time", min=0.0, help="Seconds at most.")] = 60.0,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Which wishes clash, and the cheapest ways out.

    Down to single limits, locks and families: leave out any one, and there is a plan for the others. Exit
    code 3 when some clash.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import conflict as clashing
        from territory_opt.scenarios import repairs
    facts = open_facts(data)
    policy = facts.config.policy
    with only_our_output():
        found = clashing(facts.problem, policy, runtime_s=time / 2, seed=seed)
        ways = repairs(facts.problem, policy, found, runtime_s=time / 2, seed=seed) if found.proved else ()
    rows = [way.row() for way in ways]
    if form is Format.JSON:
        record: dict[str, Any] = {
            "possible": found.possible,
            "clashing": list(found.wishes),
            "minimal": found.minimal,
            "unsettled": list(found.unsettled),
            "repairs": rows,
        }
        show_json(record)
    elif form is Format.CSV:
        show([{"wish": wish, "needed": wish not in found.unsettled} for wish in found.wishes], form)
    else:
        say("\n".join(printable(line) for line in str(found).splitlines()))
        if rows:
            say("\nEach of these alone makes all wishes possible:")
            show(rows, form)
    if found.possible is False:
        raise typer.Exit(BROKEN)


@app.command()
def worth(
    data: Data,
    alignment: AlignmentFile,
    account: Annotated[Many, typer.Option(metavar="ACCOUNT", help="What would keep it.")] = None,
    wish: Annotated[Many, typer.Option(metavar="WISH", help="What this wish costs.")] = None,
    time: Annotated[float, typer.Option("--time", min=0.0, help="Seconds for each question.")] = 30.0,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the counter-question: what if it stayed, or the wish were gone?

    Answers in money per year, as proved intervals. The plan is searched again first, from the given one.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.scenarios import worth_of_staying, worth_of_wish
        from territory_opt.solve import MaxRuntime
    stop = MaxRuntime(time)
    with only_our_output():
        base = _scenario(open_facts(data), alignment).with_().solve(stop=stop, seed=seed)
        answers = [worth_of_staying(base, one, stop=stop, seed=seed) for one in account or ()]
        answers += [worth_of_wish(base, one, stop=stop, seed=seed) for one in wish or ()]
    if form is Format.TABLE:
        for answer in answers:
            say(printable(str(answer)))
        return
    asked = [*(account or ()), *(wish or ())]
    show(
        [
            {"about": about, "found": a.found, "least": a.least, "most": a.most, "sentence": str(a)}
            for about, a in zip(asked, answers, strict=True)
        ],
        form,
    )


@app.command()
def decide(
    data: Data,
    alignment: AlignmentFile,
    requests: Annotated[Path, typer.Argument(metavar="REQUESTS", help="Table: account_id, rep_id, value …")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the files.")] = None,
    time: Annotated[float, typer.Option("--time", min=0.0, help="Seconds at most.")] = 30.0,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
) -> None:
    """Decide on moves that the field asks for.

    The most valuable set that keeps all bands is accepted; the others hear why, and what could go back. Exit
    code 3 when every set that was found breaks a wish: all are refused then, and the plan stays.
    """
    with ctrl_c_ends_at_once():
        from territory_opt.io.requests import decision_columns, read_requests
        from territory_opt.scenarios import Request
        from territory_opt.scenarios import decide as decided_on
        from territory_opt.solve import MaxRuntime
    facts = open_facts(data)
    asked = [Request(**row) for row in read_requests(requests)]
    with only_our_output():
        found = decided_on(_scenario(facts, alignment), asked, stop=MaxRuntime(time), seed=seed)
    rows = [decision.row() for decision in found.decisions]
    show(rows, form)
    if out is not None:
        from territory_opt.io.outputs import write_csv
        from territory_opt.io.report import alignment_table

        result = found.scenario.result
        assert result is not None
        write_csv(out / "decisions.csv", decision_columns(rows))
        write_csv(out / "alignment.csv", alignment_table(found.scenario.problem, result.alignment))
        say(f"wrote {out / 'decisions.csv'} and {out / 'alignment.csv'}")
    if found.broken:
        raise typer.Exit(BROKEN)


@app.command()
def holdovers(
    data: Data,
    alignment: AlignmentFile,
    deals: Annotated[Path, typer.Argument(metavar="DEALS", help="Table: deal_id, account_id, stage …")],
    on: Annotated[str, typer.Option(metavar="DATE", help="When the plan comes into force.")],
    exempt: Annotated[Many, typer.Option(metavar="STAGE", help="The old owner keeps the deal.")] = None,
    eligible: Annotated[Many, typer.Option(metavar="STAGE", help="The old owner is credited.")] = None,
    share: Annotated[float, typer.Option(help="Of the credit, where eligible.")] = 0.5,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say who works on open deals of accounts that change hands.

    And who is credited until when: exempt for 60 days, eligible for 90, else with the account.
    """
    from datetime import date

    from territory_opt.io.alignments import read_alignment
    from territory_opt.io.deals import read_deals
    from territory_opt.scenarios import Deal, HoldoverRules
    from territory_opt.scenarios import holdovers as held

    try:
        effective = date.fromisoformat(on)
    except ValueError:
        raise typer.BadParameter(f"{on!r} is no date; write it as 2026-04-01") from None
    problem = open_facts(data).problem
    treatment = dict.fromkeys(eligible or (), "eligible") | dict.fromkeys(exempt or (), "exempt")
    rules = HoldoverRules(treatment, share=share)
    asked = [Deal(**record) for record in read_deals(deals)]
    plan = read_alignment(problem, alignment)
    show([one.row() for one in held(problem, plan, asked, rules, effective)], form)


def _scenario(facts: Facts, alignment: Path) -> Scenario:
    from territory_opt.scenarios import Scenario

    return Scenario(facts.problem, facts.config.policy, alignment.stem, result=valued(facts, alignment))


def _changes(
    leaver: Many, band: Many, assign: Many, lock: Many, without: Many, others: int | None
) -> list[Change]:
    from territory_opt.scenarios import Assign, Band, Leaves, Lock, OthersMove, Without

    changes: list[Change] = [Leaves(rep) for rep in leaver or ()]
    changes += [Band(measure, _number(width)) for measure, width in map(_pair, band or ())]
    changes += [Assign((account,), rep) for account, rep in map(_pair, assign or ())]
    changes += [Lock((account,)) for account in lock or ()]
    changes += [Without(wish) for wish in without or ()]
    return changes + ([OthersMove(others)] if others is not None else [])


def _pair(text: str) -> tuple[str, str]:
    left, sign, right = text.rpartition("=")
    if not (left and sign and right):
        raise typer.BadParameter(f"{text!r} needs the form NAME=VALUE")
    return left, right


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number") from None
