"""As much of SOQL as a client of ours asks: fields, paths over parents, conditions joined by AND, LIMIT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]
Tables = dict[str, dict[str, Record]]
Index = Mapping[tuple[str, str], Mapping[str, set[str]]]
_QUERY = re.compile(r"SELECT (?P<fields>.+?) FROM (?P<table>\w+)( WHERE (?P<where>.+?))?( LIMIT (?P<n>\d+))?")
_CONDITION = re.compile(
    r"(?P<path>[\w.]+) (?P<how>=|IN) (?P<value>\(.*?\)|'(?:\\.|[^'\\])*'|[\w:]+)(?: AND |$)"
)
_TEXT = re.compile(r"'((?:\\.|[^'\\])*)'")


def answer_to(soql: str, tables: Tables, index: Index) -> list[Record]:
    """Records with the fields asked for; ValueError for a question that is none."""
    asked = _QUERY.fullmatch(soql)
    if asked is None:
        raise ValueError(f"unexpected token in {soql[:60]}")
    fields, table = asked["fields"].split(", "), asked["table"]
    conditions = list(_conditions(asked["where"] or ""))
    found = (r for r in _candidates(table, conditions, tables, index) if _fits(r, conditions, tables))
    records = [_picked(record, fields, tables) for record in found]
    return records[: int(asked["n"])] if asked["n"] else records


def _conditions(where: str) -> Iterator[tuple[str, Any]]:
    at = 0
    while at < len(where):
        one = _CONDITION.match(where, at)
        if one is None:
            raise ValueError(f"unexpected token at {where[at : at + 40]}")
        yield one["path"], _meaning(one["value"])
        at = one.end()


def _meaning(value: str) -> set[Any] | Callable[[Any], bool]:
    """Values that fit, or what says whether one does."""
    if value.startswith(("(", "'")):
        return {re.sub(r"\\(.)", r"\1", text) for text in _TEXT.findall(value)}
    if value.startswith("LAST_N_DAYS:"):
        first = (date.today() - timedelta(days=int(value[12:]))).isoformat()
        return lambda cell: first <= cell <= date.today().isoformat()
    return {{"true": True, "false": False}[value]}


def _candidates(table: str, conditions: list[tuple[str, Any]], tables: Tables, index: Index) -> list[Record]:
    """All records of a table, or those that an index knows to be enough."""
    for path, values in conditions:
        if (table, path) in index:
            of = index[table, path]
            return [tables[table][name] for value in sorted(values) for name in sorted(of.get(value, ()))]
    return list(tables.get(table, {}).values())


def _fits(record: Record, conditions: list[tuple[str, Any]], tables: Tables) -> bool:
    for path, values in conditions:
        cell = _cell(record, path, tables)
        if not (values(cell) if callable(values) else cell in values):
            return False
    return True


def _cell(record: Record, path: str, tables: Tables) -> Any:
    parent, dot, rest = path.partition(".")
    if not dot:
        return record.get(path)
    above = tables[parent].get(record[f"{parent}Id"])
    return None if above is None else _cell(above, rest, tables)


def _picked(record: Record, fields: list[str], tables: Tables) -> Record:
    told: Record = {"attributes": {"type": "record"}}
    for path in fields:
        parent, dot, rest = path.partition(".")
        cell = _cell(record, path, tables)
        told[parent] = {rest: cell} if dot else cell
    return told
