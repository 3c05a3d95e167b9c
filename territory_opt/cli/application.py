"""The application, and what its verbs share: arguments, and what each exit code means.

Exit codes: 0 fine, 1 our own bug, 2 the data or the call is at fault (nothing is written), 3 the plan
breaks a rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from territory_opt.cli.terminal import Format, say

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
AreaFile = Annotated[
    Path | None,
    typer.Option(
        "--areas",
        metavar="FILE",
        help="Table with area_id and rep_id; area_alignment.csv beside ALIGNMENT where it is not given.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


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


def end(result: Result) -> None:
    """The exit code of a plan that breaks a wish."""
    if result.clashes:
        raise typer.Exit(BROKEN)
