"""Facts without anything that says whose they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.categories import Categories
from territory_opt.policy import Assigned, Policy
from territory_opt.policy.homes import HOME_AREA
from territory_opt.privacy.pseudonyms import Renaming, Salt, renaming
from territory_opt.problem import Problem
from territory_opt.travel import HiddenPlaces
from territory_opt.travel.place import FloatArray, IndexArray

#: Text columns that stay as they are: they sort accounts and reps, and name nobody.
PLAIN_TEXTS = frozenset(
    {"status", "start_date", "segment", "segments", "skill", "skills", "language", "languages", "region"}
    | {"plan", "experience"}
)
#: Text columns that stay under pseudonyms.
CODED_TEXTS = frozenset({"manager", "family"})
#: Columns of numbers that stay: amounts. A number of a planner's own column may be that of a telephone.
AMOUNTS = frozenset(
    {"visits", "visit_h", "potential", "revenue", "months_with_owner", "won", "lost", "cycle_days"}
    | {"volatility", "revenue_sd", "plan", "forecast", "quota", "commission_rate", "probability"}
    | {"attainment", "base_pay", "variable_pay"}
)
_AREA = "area_id"
DIGITS = 2  # decimals of a degree that are shown: about a kilometre


@dataclass(frozen=True)
class Codes:
    """Which pseudonym stands for what: accounts, reps, and the entries of text columns.

    columns: text columns that stay, under pseudonyms unless they are plain. rep_columns: those of accounts
    that hold ids of reps.
    """

    accounts: Renaming
    reps: Renaming
    texts: Mapping[str, str]
    columns: frozenset[str]
    rep_columns: frozenset[str]

    @classmethod
    def of(cls, problem: Problem, policy: Policy, salt: Salt, keep: Collection[str] = ()) -> Codes:
        """The pseudonyms of a problem, in the order of its rows; keep: columns that settings look at."""
        holds_reps = frozenset(wish.by for wish in policy.wishes if isinstance(wish, Assigned))
        homes = {HOME_AREA} if policy.keeps_homes else set()
        columns = PLAIN_TEXTS | CODED_TEXTS | holds_reps | named_columns(policy) | {*keep} | homes
        tables = (problem.accounts, problem.reps)
        entries = sorted(
            {
                entry
                for table in tables
                for column in columns.intersection(table.tags) - PLAIN_TEXTS
                for text in table.tags[column].names
                for entry in _entries(text)
            }
        )
        return cls(
            renaming(salt, "Account", problem.accounts.ids),
            renaming(salt, "Rep", problem.reps.ids),
            dict(zip(entries, salt.codes("text", entries), strict=True)),
            columns | {_AREA},
            holds_reps,
        )

    def text(self, column: str, text: str) -> str:
        """What stands in a text column instead; lists (a;b) entry by entry, so that they still match."""
        if column in PLAIN_TEXTS or column in (_AREA, HOME_AREA):
            return text
        if column in self.rep_columns:
            return self.reps.of_id.get(text, "")
        return ";".join(f"Group {self.texts[entry]}" for entry in _entries(text))


def _entries(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def order_of(names: Renaming) -> IndexArray:
    """Rows sorted by pseudonym: the order of a table would tell who is who to those who have it."""
    return np.argsort(names.ids.astype(str), kind="stable")


def private_facts(problem: Problem, codes: Codes) -> Problem:
    """The problem with pseudonyms, coarse places and no homes, in the order of the pseudonyms."""
    at, who = order_of(codes.accounts), order_of(codes.reps)
    sorted_facts = problem.take(at.astype(np.int32), who.astype(np.int32))
    accounts, reps = sorted_facts.accounts, sorted_facts.reps
    numbers = AMOUNTS | codes.columns
    nowhere = np.full(len(reps), np.nan)
    return replace(
        sorted_facts,
        accounts=replace(
            accounts,
            ids=codes.accounts.ids[at],
            names=codes.accounts.names[at],
            lat=accounts.lat.round(DIGITS),
            lon=accounts.lon.round(DIGITS),
            measures=_picked(accounts.measures, numbers),
            tags=_coded(accounts.tags, codes),
        ),
        reps=replace(
            reps,
            ids=codes.reps.ids[who],
            names=codes.reps.names[who],
            lat=nowhere,
            lon=nowhere,
            measures=_picked(reps.measures, numbers),
            tags=_coded(reps.tags, codes),
        ),
        distances=HiddenPlaces(sorted_facts.distances, accounts, reps),
    )


def named_columns(policy: Policy) -> set[str]:
    """Every text parameter of a wish, with its plural: columns among them."""
    given = {value for wish in policy.wishes for value in vars(wish).values() if isinstance(value, str)}
    return given | {f"{column}s" for column in given}


def _picked(measures: Mapping[str, FloatArray], names: Collection[str]) -> dict[str, FloatArray]:
    return {name: values for name, values in measures.items() if name in names}


def _coded(tags: Mapping[str, Categories], codes: Codes) -> dict[str, Categories]:
    """The text columns that stay. Names are sorted again, so that their order tells nothing."""
    kept = {}
    for column in codes.columns.intersection(tags):
        tag = tags[column]
        new = np.array([*(codes.text(column, name) for name in tag.names), ""], dtype=object)
        kept[column] = Categories.of(new[tag.code])
    return kept
