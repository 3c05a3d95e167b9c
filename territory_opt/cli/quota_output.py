"""How the verb about quotas makes its plan and says what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.cli.hand_over import Facts
from territory_opt.cli.terminal import Format, printable, say, show, show_json

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.deliver.plan import Plan

_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)")


def plan_on(facts: Facts, books: Alignment, given: Mapping[str, Any]) -> Plan:
    """The books as a plan with its quotas."""
    from territory_opt.deliver.plan import Plan
    from territory_opt.scenarios import value

    config = facts.config
    result = value(facts.problem, config.policy, books)
    return Plan(facts.problem, config.policy, result, given, config.fairness, config.incentives)


def said_once(notes: Mapping[str, Sequence[str]]) -> list[str]:
    """The notes of several methods, each once: with its methods where it is not about all of them.

    Notes that differ in their numbers alone are one, with the least and the greatest of each.
    """
    told: dict[str, dict[str, str]] = {}
    for method, lines in notes.items():
        for line in lines:
            told.setdefault(_NUMBER.sub("0", line), {})[method] = line
    return [
        _ranged(lines.values())
        if len(lines) == len(notes)
        else f"{', '.join(lines)}: {_ranged(lines.values())}"
        for lines in told.values()
    ]


def _ranged(lines: Iterable[str]) -> str:
    """One line for several that differ in their numbers alone."""
    parts = zip(*(_NUMBER.split(line) for line in lines), strict=True)
    return "".join(_least_to_most(set(same)) for same in parts)


def _least_to_most(texts: set[str]) -> str:
    ranked = sorted(texts, key=lambda text: float(text.replace(",", "")) if len(texts) > 1 else 0.0)
    return ranked[0] if len(ranked) == 1 else f"{ranked[0]} to {ranked[-1]}"


def print_quotas(
    rows: list[dict[str, Any]],
    record: Mapping[str, Any],
    notes: Iterable[str],
    files: Mapping[str, Path],
    form: Format,
) -> None:
    """A table with its notes and files, or all of it and `record` as one JSON document."""
    if form is Format.JSON:
        paths = {name: str(path) for name, path in files.items()}
        show_json({**record, "notes": list(notes), "quotas": rows, "files": paths})
        return
    show(rows, form)
    if form is Format.TABLE:
        for note in notes:
            say(printable(note))
        for path in files.values():
            say(f"wrote {path}")
