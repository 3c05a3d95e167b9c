"""What can go wrong, in one tree.

TerritoryError
├── DataError      (also ValueError)   facts that cannot be used; lists every fault
├── PolicyError    (also ValueError)   wishes that make no sense; lists every fault
├── TravelError                        a distance could not be had
├── ExportError                        an output could not be written or sent
└── InternalError                      our own bug: two independent counts disagree

Outcomes are not errors: a wish that cannot be met comes back in `Result.clashes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault in the input, said so that a planner can mend it.

    `row` counts as the spreadsheet does: the header is row 1, the first account row 2; None for the
    whole table or column. A fatal issue means that a plan would be wrong or cannot be made; the others
    are warnings, and `mend` says what was done instead.
    """

    table: str
    row: int | None
    column: str
    value: str
    fault: str
    mend: str
    fatal: bool = True

    def __str__(self) -> str:
        place = self.table + (f" row {self.row}" if self.row is not None else "")
        place += f", {self.column}" if self.column else ""
        value = f" = {self.value!r}" if self.value else ""
        return f"{place}{value}: {self.fault}. {self.mend}"


class TerritoryError(Exception):
    """Everything this package raises on purpose."""


class _ListsIssues(TerritoryError, ValueError):
    """An error that carries every fault found, not only the first."""

    _SHOWN = 20

    def __init__(self, issues: Issue | Iterable[Issue] | str):
        if isinstance(issues, str):
            issues = [Issue("", None, "", "", issues, "")]
        elif isinstance(issues, Issue):
            issues = [issues]
        self.issues: tuple[Issue, ...] = tuple(issues)
        lines = [_said(issue) for issue in self.issues[: self._SHOWN]]
        if len(self.issues) > self._SHOWN:
            lines.append(f"… and {len(self.issues) - self._SHOWN} more")
        super().__init__("\n".join(lines))


def _said(issue: Issue) -> str:
    return str(issue) if issue.table else issue.fault


class DataError(_ListsIssues):
    """The facts cannot be used; `issues` lists every fault."""


class PolicyError(_ListsIssues):
    """The wishes make no sense; `issues` lists every fault."""


class TravelError(TerritoryError):
    """A distance or driving time could not be had."""


class ExportError(TerritoryError):
    """An output could not be written or sent."""


class InternalError(TerritoryError):
    """Our own bug: two independent counts disagree. Please report it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' Did you mean …?' for a word close to a known one, else the list of the known ones."""
    known = sorted(known)
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."


UNWRITABLE = "holds half a character (a lone surrogate), which no file can hold"


def writable(text: str) -> bool:
    """Whether a text can be written to a file at all."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """A text that cannot be written, as one that can."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
