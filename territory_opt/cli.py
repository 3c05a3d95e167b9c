"""The command line: each verb is a thin skin over one function of the library.

Exit codes: 0 fine, 1 our own bug, 2 the data or the call is at fault (nothing is written), 3 the plan
breaks a rule. Heavy imports happen inside the verbs, so that `--help` stays quick.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from territory_opt.errors import DataError, InternalError, PolicyError, TerritoryError
from territory_opt.hand_over import (
    bands_and_hour_cost,
    hand_over,
    numbers,
    open_facts,
    print_design,
    print_result,
    valued,
)
from territory_opt.terminal import (
    Format,
    complain,
    complain_of,
    ctrl_c_ends_at_once,
    issue_rows,
    only_our_output,
    printable,
    progress,
    say,
    show,
    speak_unicode,
)

if TYPE_CHECKING:
    from territory_opt.result import Result

BUG, FAULT, BROKEN = 1, 2, 3

app = typer.Typer(
    name="territory_opt",
    help="Designs sales territories and proves how good they are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path, typer.Argument(metavar="DATA", help="Folder with accounts, reps and territory.toml.")]
AlignmentFile = Annotated[
    Path, typer.Argument(metavar="ALIGNMENT", help="Table with account_id and rep_id, as `solve` writes it.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; always ends in SystemExit."""
    speak_unicode()
    try:
        app(args=arguments, prog_name="territory_opt")
    except InternalError as error:
        complain(f"internal error: {error}. This is a bug of territory_opt; please report it.")
        sys.exit(BUG)
    except (DataError, PolicyError) as error:
        complain_of([issue for issue in error.issues if issue.table] or [])
        for issue in error.issues:
            if not issue.table:
                complain(f"error: {printable(issue.fault)}")
        sys.exit(FAULT)
    except TerritoryError as error:
        complain(f"error: {printable(str(error))}")
        sys.exit(FAULT)
    except OSError as error:
        complain(f"error: {error.filename or 'file'}: {error.strerror or error}")
        sys.exit(FAULT)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)


def _version(asked: bool) -> None:
    if asked:
        import territory_opt

        say(f"territory_opt {territory_opt.__version__}")
        raise typer.Exit


@app.callback()
def face(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Designs sales territories and proves how good they are."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to put the templates.")],
) -> None:
    """Write a template to fill in.

    A commented territory.toml and a workbook with the columns of accounts and reps.
    """
    from territory_opt.io.template import init as write_template

    for path in write_template(folder):
        say(f"wrote {path}")


@app.command()
def check(
    data: Data,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Also write the faults to this CSV file.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List every fault of the data at once.

    Faults of the policy too. Exit code 2 when one is fatal.
    """
    from territory_opt.config import examine
    from territory_opt.io.issues import write_issues

    problem, _, issues = examine(data)
    if out is not None:
        write_issues(issues, out)
    show(issue_rows(issues), form)
    fatal = sum(issue.fatal for issue in issues)
    if form is Format.TABLE:
        if problem is not None:
            say(f"{len(problem.accounts):,} accounts, {len(problem.reps):,} reps")
        warnings = len(issues) - fatal
        say(f"{fatal:,} fatal fault{'s' * (fatal != 1)}, {warnings:,} warning{'s' * (warnings != 1)}")
    if fatal:
        raise typer.Exit(FAULT)


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
    _end(result)


@app.command()
def design(
    data: Data,
    k: Annotated[str, typer.Option("-k", metavar="K", help="How many territories, or a range: 6-10.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the files.")] = None,
    contiguous: Annotated[bool, typer.Option("--contiguous", help="Each in one piece on the map.")] = False,
    objective: Annotated[str, typer.Option(help="travel, inertia or distance.")] = "travel",
    within: Annotated[float | None, typer.Option(help="Width of every band, 0.1 for ±10 %.")] = None,
    vacant: Annotated[bool, typer.Option("--vacant", help="Give no territory to a rep of today.")] = False,
    time: Annotated[float | None, typer.Option(min=0.0, help="Seconds at most.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same design.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw new territories from nothing.

    Centres are free; bands are those of territory.toml. Each goes to the rep of today who knows it best. A
    range of sizes is only compared. Exit code 3 when the design breaks a wish.
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
def audit(data: Data, alignment: AlignmentFile, form: FormatOption = Format.TABLE) -> None:
    """Recount an alignment file.

    Says what it costs and which wishes it breaks. Exit code 3 when it breaks one.
    """
    facts = open_facts(data)
    result = valued(facts, alignment)
    print_result(facts, result, form)
    _end(result)


@app.command()
def compare(
    data: Data,
    alignments: Annotated[list[Path], typer.Argument(metavar="ALIGNMENT…", help="Alignment files.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Set plans side by side, and beside today."""
    from territory_opt.io.alignments import read_alignment
    from territory_opt.scenarios import compare as compare_plans

    facts = open_facts(data)
    plans = {str(path): read_alignment(facts.problem, path) for path in alignments}
    show(compare_plans(facts.problem, facts.config.policy, plans).rows(), form)


@app.command()
def explain(
    data: Data,
    alignment: AlignmentFile,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The id of one account.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Say why an account is where it is.

    What every rep would cost for it, and what stands against each.
    """
    from territory_opt.explain import explain as choices_of
    from territory_opt.io.alignments import read_alignment

    facts = open_facts(data)
    choices = choices_of(
        facts.problem, facts.config.policy, read_alignment(facts.problem, alignment), account
    )
    show([choice.as_row(facts.problem) for choice in choices], form)


@app.command("map")
def draw_map(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="The page to write.")] = Path("map.html"),
) -> None:
    """Draw an alignment file as a map.

    The page opens without a network.
    """
    from territory_opt.maps import save_map

    facts = open_facts(data)
    save_map(facts.problem, facts.config.policy, valued(facts, alignment), out)
    say(f"map: {out}")


@app.command()
def report(
    data: Data,
    alignment: AlignmentFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Write all files of an alignment file.

    For a plan that was edited by hand or made elsewhere.
    """
    facts = open_facts(data)
    result = valued(facts, alignment)
    hand_over(facts, result, out, form)
    _end(result)


@app.command()
def generate(
    out: Annotated[Path, typer.Option("-o", "--out", help="Data folder to write.")],
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 1_000,
    reps: Annotated[int, typer.Option(min=1, help="How many seats.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same market.")] = 1,
    families: Annotated[float, typer.Option(help="Share of accounts in families.")] = 0.1,
    locks: Annotated[float, typer.Option(help="Share of locked accounts.")] = 0.02,
    leavers: Annotated[int, typer.Option(min=0, help="Seats that will be gone.")] = 0,
    vacancies: Annotated[int, typer.Option(min=0, help="Seats that own nothing today.")] = 0,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet instead of CSV.")] = False,
) -> None:
    """Make a market of any size from a seed.

    Its bands can be met by construction. A folder that holds facts already is left alone.
    """
    from territory_opt.generate import generate as make
    from territory_opt.generate import wishes
    from territory_opt.io.facts_file import refuse_facts, write_facts

    refuse_facts(out)
    market = make(accounts, reps, seed, families=families, locks=locks, leavers=leavers, vacancies=vacancies)
    for path in write_facts(market, out, "parquet" if parquet else "csv", wishes()):
        say(f"wrote {path}")


def _end(result: Result) -> None:
    """The exit code of a plan that breaks a wish."""
    if result.clashes:
        raise typer.Exit(BROKEN)
