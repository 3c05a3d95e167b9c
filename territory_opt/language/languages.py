"""What a language is, and the ones there are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from territory_opt.errors import PolicyError, did_you_mean
from territory_opt.language import english, french

_MINUS = "−"
_UNKNOWN = "–"


@dataclass(frozen=True)
class Language:
    """Sentences by key, and how numbers and dates are written.

    code: of ISO 639. months: January first. thousands, point: marks within numbers. before_percent: what
    stands before the sign. zero_is_one: whether the noun of 0 is singular ("0 compte").
    day: how a date is put together, with its `first` of a month where that has a form of its own.
    """

    code: str
    sentences: Mapping[str, str] = field(repr=False)
    months: tuple[str, ...] = field(repr=False)
    thousands: str
    point: str
    before_percent: str
    zero_is_one: bool
    day: str
    first: str

    def say(self, key: str, **values: object) -> str:
        """A sentence with its gaps filled; values are inserted as they are."""
        return self.sentences[key].format(**values)

    def name_of(self, kind: str, word: str) -> str:
        """Our word for one of a kind (a measure, a term …); a word of the planner's own as it is."""
        return self.sentences.get(f"{kind}.{word}", word)

    def counted(self, number: int, noun: str) -> str:
        """A number with its noun: "1 account", "1,200 accounts"."""
        singular = number == 1 or (number == 0 and self.zero_is_one)
        return self.say(f"count.{noun}.{'one' if singular else 'many'}", n=self.number(number))

    def number(self, value: float, digits: int = 0, *, signed: bool = False) -> str:
        """A number with its marks, a dash where it is not known; signed: with a plus where it is above 0."""
        if not math.isfinite(value):
            return _UNKNOWN
        text = f"{abs(value):,.{digits}f}"
        nothing = float(text.replace(",", "")) == 0
        text = text.replace(",", "\0").replace(".", self.point).replace("\0", self.thousands)
        sign = "" if nothing else _MINUS if value < 0 else "+" if signed else ""
        return sign + text

    def percent(self, share: float, digits: int = 0, *, signed: bool = False) -> str:
        """A share as per cent."""
        text = self.number(100 * share, digits, signed=signed)
        return text if text == _UNKNOWN else f"{text}{self.before_percent}%"

    def date(self, when: date) -> str:
        """A day in words."""
        form = self.first if when.day == 1 else self.day
        return form.format(day=when.day, month=self.months[when.month - 1], year=when.year)

    def listed(self, parts: Iterable[str]) -> str:
        """Some words in a row: "travel and fit"."""
        return self.sentences["list.and"].join(parts)


_NARROW, _WIDE = "\u202f", "\u00a0"  # spaces that no line breaks at
ENGLISH = Language(
    code="en",
    sentences=MappingProxyType(english.SENTENCES),
    months=tuple(english.MONTHS.split()),
    thousands=",",
    point=".",
    before_percent=_WIDE,
    zero_is_one=False,
    day="{day} {month} {year}",
    first="{day} {month} {year}",
)
FRENCH = Language(
    code="fr",
    sentences=MappingProxyType(french.SENTENCES),
    months=tuple(french.MONTHS.split()),
    thousands=_NARROW,
    point=",",
    before_percent=_WIDE,
    zero_is_one=True,
    day="{day} {month} {year}",
    first="1er {month} {year}",
)
LANGUAGES: Mapping[str, Language] = MappingProxyType({each.code: each for each in (ENGLISH, FRENCH)})


def language_of(code: str) -> Language:
    """The language with a code; PolicyError for one that there is not."""
    if code not in LANGUAGES:
        raise PolicyError(f"no language {code!r}. {did_you_mean(code, LANGUAGES)}")
    return LANGUAGES[code]


__all__ = ["ENGLISH", "FRENCH", "LANGUAGES", "Language", "language_of"]
