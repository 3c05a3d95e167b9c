"""What the command line shows: tables in three formats, faults, and the progress of a search."""

from __future__ import annotations

import csv
import ctypes
import io
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.table import Table

    from territory_opt.errors import Issue
    from territory_opt.result import Step

Row = Mapping[str, Any]
_WIDE = 240  # columns of a table that is piped, so that nothing is cut off
_FAULTS_SHOWN = 200


class Format(StrEnum):
    """How a verb prints what it found."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def show(rows: Sequence[Row], form: Format, title: str = "") -> None:
    """Print rows of equal keys to standard output."""
    if form is Format.JSON:
        show_json([dict(row) for row in rows])
    elif form is Format.CSV:
        _write(sys.stdout, _csv(rows))
    elif rows:
        console = _console(sys.stdout)
        with console.capture() as drawn:
            console.print(_table(rows, title))
        _write(sys.stdout, drawn.get())


def show_json(record: Any) -> None:
    """Print one JSON document."""
    say(json.dumps(_plain(record), indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _csv(rows: Sequence[Row]) -> str:
    from territory_opt.io.atomic import safe_cell

    out = io.StringIO()
    if rows:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_csv_cell(v, safe_cell) for v in row.values()] for row in rows)
    return out.getvalue()


def _csv_cell(value: Any, safe_cell: Callable[[object], str]) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return ""  # as in the files that are written
    return safe_cell(value) if isinstance(value, str) else value


def _table(rows: Sequence[Row], title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name, value in rows[0].items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        table.add_column(Text(str(name)), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "–" if not math.isfinite(value) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return printable(str(value))


def printable(text: str) -> str:
    """A user's text without the control characters that could steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _console(file: Any) -> Console:
    from rich.console import Console

    return Console(file=file, highlight=False, width=None if file.isatty() else _WIDE)


def speak_unicode() -> None:
    """Make both streams take any name: UTF-8 in a pipe, `?` for what a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace")


def _write(stream: TextIO, text: str) -> None:
    """Write at once; a reader who left, as `head` does, changes neither the files nor the exit code."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(line: str = "") -> None:
    """A plain line on standard output."""
    _write(sys.stdout, f"{line}\n")


def complain(line: str) -> None:
    """A plain line on standard error."""
    _write(sys.stderr, f"{line}\n")


def issue_rows(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    """Faults as rows, the same columns as in the file of `check -o`."""
    return [
        {
            "severity": "fatal" if issue.fatal else "warning",
            "table": issue.table,
            "row": "" if issue.row is None else issue.row,
            "column": issue.column,
            "value": issue.value,
            "fault": issue.fault,
            "mend": issue.mend,
        }
        for issue in issues
    ]


def complain_of(issues: Sequence[Issue]) -> None:
    """Faults as lines on standard error, fatal ones first."""
    ordered = sorted(issues, key=lambda issue: not issue.fatal)
    for issue in ordered[:_FAULTS_SHOWN]:
        complain(f"{'error' if issue.fatal else 'warning'}: {printable(str(issue))}")
    if len(ordered) > _FAULTS_SHOWN:
        complain(f"… and {len(ordered) - _FAULTS_SHOWN:,} more; `territory_opt check` lists them all")


@contextmanager
def ctrl_c_ends_at_once() -> Iterator[None]:
    """No clean end, for as long as there is nothing to save.

    While libraries are loaded, an exception that may come at any point is lost now and then, or is taken
    for an error of the library (`ImportError: initialization failed`); then the search would go on.
    """
    ours = signal.getsignal(signal.SIGINT)
    if ours is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, ours)


@contextmanager
def only_our_output() -> Iterator[None]:
    """Nothing but what this program says reaches standard output: HiGHS prints a line of its own at times."""
    sys.stdout.flush()
    try:
        ours = os.dup(1)
    except OSError:  # there is none
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        # C libraries hold back what they print until their buffer is full.
        ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
        os.dup2(ours, 1)
        os.close(ours)


@contextmanager
def progress() -> Iterator[Callable[[Step], None] | None]:
    """A callback that draws the search on a terminal; None when standard error is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.live import Live

    display = _Progress()
    with Live(display, console=_console(sys.stderr), transient=True):
        yield display.take


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None] | None]:
    """A callback that draws how many of something are done, a bar each; None when standard error is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True) as drawn:
        tasks: dict[str, Any] = {}

        def take(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = drawn.add_task(what)
            drawn.update(tasks[what], completed=done, total=of)

        yield take


class _Progress:
    """The last step, with a clock that goes on between steps."""

    def __init__(self) -> None:
        self.began_s = time.perf_counter()
        self.step: Step | None = None

    def take(self, step: Step) -> None:
        """Show another step from now on."""
        self.step = step

    def __rich__(self) -> str:
        elapsed_s = time.perf_counter() - self.began_s
        if self.step is None:
            return f"{elapsed_s:6.1f} s  preparing …"
        return progress_line(self.step, elapsed_s)


def progress_line(step: Step, elapsed_s: float) -> str:
    """Stage, elapsed time, objective, bound and gap of a step in one line.

    The objective is called cost and penalty: until the bands are kept, it is more than the plan costs.
    """
    gap = f"{100 * step.gap:.2f} %" if math.isfinite(step.gap) else "–"
    cost, bound = (f"{v:,.0f}" if math.isfinite(v) else "–" for v in (step.objective, step.bound))
    where = f"{elapsed_s:6.1f} s  {step.stage:<8} step {step.step:<4}"
    return f"{where} cost + penalty {cost}  bound {bound}  gap {gap}"
