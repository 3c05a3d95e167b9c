"""The summary before the sheets of a manager's reps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from territory_opt.pages.parts import Figure
from territory_opt.pages.sheet import Writer
from territory_opt.travel.place import IndexArray


class Member(NamedTuple):
    """A rep in a line: accounts, what comes and goes, money, quota, and the index of each measure."""

    name: str
    link: str
    accounts: str
    gained: str
    lost: str
    revenue: str
    potential: str
    quota: str
    indexes: list[tuple[str, bool]]  # "" where the rep has no target; whether it is outside the band


class Team(NamedTuple):
    """What a manager's pack begins with."""

    name: str
    facts: str
    measures: list[str]
    members: list[Member]
    total: Member
    figures: list[Figure]


def team_of(writer: Writer, name: str, reps: IndexArray, links: Sequence[str]) -> Team:
    """The summary of some reps; links: where the sheet of each rep of the force is, (reps,)."""
    books, language = writer.books, writer.language
    moved = sum(len(rows.of(r)) for rows in (books.gained, books.lost) for r in reps.tolist())
    within = _within(writer, reps)
    facts = language.say(
        "team.facts",
        reps=language.counted(len(reps), "rep"),
        accounts=language.counted(int(books.totals["accounts"].plan[reps].sum()), "account"),
        changes=language.counted(within[0], "account"),
        outside=language.counted(moved - 2 * within[0], "account"),
    )
    members = [_member(writer, np.array([r]), links[r]) for r in reps.tolist()]
    total = _member(writer, reps, "")
    return Team(
        name=name or language.say("team.everybody" if len(reps) == len(books.manager) else "team.nobody"),
        facts=facts,
        measures=[language.name_of("measure", measure) for measure, _, _ in books.meters],
        members=members,
        total=total._replace(name=language.say("total")),
        figures=writer.figures(reps),
    )


def _within(writer: Writer, reps: IndexArray) -> tuple[int]:
    """Accounts that change hands between two reps of the team."""
    moves = writer.books.moves
    return (int((np.isin(moves.owner, reps) & np.isin(moves.rep, reps)).sum()),)


def _member(writer: Writer, reps: IndexArray, link: str) -> Member:
    books, n = writer.books, writer.language.number

    def plan(name: str) -> str:
        return n(float(books.totals[name].plan[reps].sum())) if name in books.totals else "–"

    quotas = books.quotas
    return Member(
        name=str(books.problem.reps.names[reps[0]]),
        link=link,
        accounts=plan("accounts"),
        gained=n(sum(len(books.gained.of(r)) for r in reps.tolist())),
        lost=n(sum(len(books.lost.of(r)) for r in reps.tolist())),
        revenue=plan("revenue"),
        potential=plan("potential"),
        quota=n(float(quotas.quota[reps].sum())) if quotas is not None else "–",
        indexes=[_index(writer, m, reps) for m in range(len(books.meters))],
    )


def _index(writer: Writer, m: int, reps: IndexArray) -> tuple[str, bool]:
    """Load ÷ target of some reps together; outside: of one rep alone."""
    meter = writer.books.meters[m][2]
    target = float(np.nansum(meter.target[reps]))
    if not target > 0:
        return "", False
    aimed = meter.target[reps] > 0
    index = float(meter.load[reps][aimed].sum()) / target
    return writer.language.number(index, 2), len(reps) == 1 and bool(meter.outside[reps[0]])
