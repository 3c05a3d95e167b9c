"""What a system holds, as a data folder: its own tables, or the reports that somebody exported from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from territory_opt.crm.client import Table
from territory_opt.crm.ids import canonical, faults_of_ids
from territory_opt.crm.reports import FILES, HEADERS, is_open, status_of
from territory_opt.deliver.swap import swapped_in
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.facts_file import refuse_facts
from territory_opt.io.outputs import write_csv
from territory_opt.io.tables import find_table, read_table

#: Columns with ids in each table; those of the first tuple must be there, and be ids that the system knows.
_IDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "accounts": (("account_id", "owner"), ("family",)),
    "reps": (("rep_id",), ("manager",)),
    "opportunities": (("opportunity_id", "account_id"), ("owner",)),
    "territory_accounts": ((), ("territory_id", "account_id")),
    "territory_users": ((), ("territory_id", "user_id", "rep_id")),
    "territories": ((), ("territory_id", "parent")),
}
_OURS = {"opportunities": "deals"}  # what the table is called in a data folder
_NEEDED = ("accounts", "reps")


def write_pulled(tables: Mapping[str, Table], system: str, folder: str | Path) -> tuple[Path, ...]:
    """The tables as a data folder, all or none; ids in full: 15 characters of Salesforce become 18.

    Open deals become `deals.csv`. Users who are gone and own nothing are left out, and deals of no account.
    Raises DataError listing every id that cannot be right (check letters that do not fit, say) and every
    column that is missing, ExportError where the folder holds facts already.
    """
    folder = Path(folder)
    refuse_facts(folder)
    lists = {name: {key: [_text(v) for v in table[key]] for key in table} for name, table in tables.items()}
    issues = list(_faults(lists, system))
    if issues:
        raise DataError(issues)
    form = canonical(system)
    for name, table in lists.items():
        for column in (c for group in _IDS.get(name, ()) for c in group if c in table):
            table[column] = [form(text) for text in table[column]]
    owners = set(lists["accounts"]["owner"])
    reps, deals = lists["reps"], lists.get("opportunities", {})
    status = reps.get("status", [""] * len(reps["rep_id"]))
    pairs = zip(reps["rep_id"], status, strict=True)
    lists["reps"] = _kept(reps, [rep in owners or s != "leaving" for rep, s in pairs])
    if deals:
        lists["opportunities"] = _kept(deals, [account != "" for account in deals["account_id"]])
    with swapped_in(folder) as fresh:
        for name, table in lists.items():
            write_csv(fresh / f"{_OURS.get(name, name)}.csv", _named(name, table))
    return tuple(folder / f"{_OURS.get(name, name)}.csv" for name in lists)


def read_reports(folder: str | Path, system: str) -> dict[str, Table]:
    """Accounts, reps and open deals from tables that were exported by hand, under our names.

    accounts.csv, reps.csv and opportunities.csv, or what exports call them (Account.csv, User.csv …), with
    the labels of the system's reports or our own; further columns stay. DataError names what is missing.
    """
    tables: dict[str, Table] = {}
    issues = list[Issue]()
    for name, files in FILES.items():
        path = next((path for file in files if (path := find_table(Path(folder), file))), None)
        if path is not None:
            tables[name] = _as_ours(read_table(path, name), HEADERS.get(system, {}).get(name, {}))
        elif name in _NEEDED:
            mend = f"Export it as {' or '.join(f'{file}.csv' for file in files[:2])}"
            issues.append(Issue(name, None, "", str(folder), "the table is missing", mend))
    if issues:
        raise DataError(issues)
    return tables


def _as_ours(frame: Any, headers: Mapping[str, Sequence[str]]) -> Table:
    """A table under our names; users say whether they are active, and closed deals go."""
    named = {ours: next((one for one in theirs if one in frame), "") for ours, theirs in headers.items()}
    given = {theirs: ours for ours, theirs in named.items() if theirs and ours not in frame}
    table = {given.get(str(column), str(column)): frame[column].tolist() for column in frame.columns}
    if "disabled" in table:
        table["status"] = [_opposite(status_of(text)) for text in table.pop("disabled")]
    elif given.get(named.get("status", "")) == "status":
        table["status"] = [status_of(text) for text in table["status"]]
    if "closed" in table:
        kept = [is_open(text) for text in table.pop("closed")]
        table = {
            key: [v for v, keep in zip(column, kept, strict=True) if keep] for key, column in table.items()
        }
    return table


def _opposite(status: str) -> str:
    return {"active": "leaving", "leaving": "active"}.get(status, status)


def _faults(tables: Mapping[str, Table], system: str) -> Iterator[Issue]:
    for name in _NEEDED:
        if name not in tables:
            yield Issue(name, None, "", "", "the table is missing", "The system should have given it")
    for name, table in tables.items():
        needed, _ = _IDS.get(name, ((), ()))
        for column in needed:
            if column not in table:
                heads = HEADERS.get(system, {}).get(name, {}).get(column, ())
                looked = f" It may be called {', '.join(map(repr, heads))}." if heads else ""
                mend = f"Add it.{looked} {did_you_mean(column, table)}"
                yield Issue(name, 1, column, "", "the column is missing", mend)
            elif system in HEADERS:
                # Users are told apart from accounts by the table, since HubSpot takes addresses for them.
                whose = "reps" if column in ("owner", "rep_id") else "accounts"
                for issue in faults_of_ids(system, whose, column, {t: 0 for t in table[column] if t}):
                    yield Issue(name, None, column, issue.value, issue.fault, issue.mend)


def _kept(table: Table, rows: Sequence[bool]) -> dict[str, list[Any]]:
    """Some rows of a table."""
    return {key: [v for v, keep in zip(table[key], rows, strict=True) if keep] for key in table}


def _named(name: str, table: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Columns as a data folder calls them."""
    return {
        "deal_id" if (name, key) == ("opportunities", "opportunity_id") else key: v
        for key, v in table.items()
    }


def _text(value: Any) -> str:
    """A cell as text; nothing for None and NaN."""
    return "" if value is None or value != value else str(value)
