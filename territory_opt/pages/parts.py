"""What stands on a page, as texts that a template lays out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup


class Figure(NamedTuple):
    """A number today, in the plan, and its change."""

    name: str
    today: str
    plan: str
    change: str


class Index(NamedTuple):
    """An index with its band; from, to, at …: places on the bar in per cent of its width."""

    name: str
    today: str
    plan: str
    band: str
    outside: bool
    bar: Mapping[str, float]


class Line(NamedTuple):
    """One account of a table."""

    name: str
    id: str
    partner: str
    revenue: str
    potential: str
    whitespace: str
    reason: str
    new: bool


class Table(NamedTuple):
    """Some accounts, how many are left out, and what they sell in all."""

    lines: list[Line]
    n: str
    more: str
    revenue: str


class Partner(NamedTuple):
    """Who hands over to whom."""

    name: str
    receives: str
    gives: str


class Sheet(NamedTuple):
    """All that stands on a rep's page."""

    id: str
    name: str
    about: list[str]
    leaving: bool
    figures: list[Figure]
    indexes: list[Index]
    picture: Markup
    gained: Table
    lost: Table
    top: Table
    kept: list[str]
    kept_line: str
    kept_more: str
    partners: list[Partner]
    quota: str
    quota_lines: list[tuple[str, str]]
    quota_basis: str
