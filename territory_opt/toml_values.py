"""Values of a TOML file as the parameters of our dataclasses, with every fault collected."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from territory_opt.errors import Issue, did_you_mean

_WORD: dict[Any, str] = {
    str: "a text",
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    tuple: "a list",
}


class TomlValues:
    """Reads tables into dataclasses; `issues` says what did not fit."""

    def __init__(self, file: str):
        self.file = file
        self.issues: list[Issue] = []

    def blame(self, where: str, value: object, fault: str, mend: str) -> None:
        """One fault at a key such as `terms[2].within`."""
        self.issues.append(Issue(self.file, None, where, str(value), fault, mend))

    def known(self, where: str, table: Mapping[str, Any], words: Iterable[str]) -> None:
        """Blame every key that is none of the words; `where` stands before the key."""
        words = tuple(words)
        for key in table:
            if key not in words:
                hint = did_you_mean(key, words) if words else "It has no parameters."
                self.blame(f"{where}{key}", "", "is no known key", hint)

    def filled(self, where: str, kind: type, table: Any) -> Any:
        """The dataclass `kind` with the table's values, or None when some do not fit."""
        if not isinstance(table, dict):
            self.blame(where, table, "must be a table", f"Write [{where}] and its keys below")
            return None
        hints = typing.get_type_hints(kind)
        parameters = {f.name: hints[f.name] for f in dataclasses.fields(kind)}
        before = len(self.issues)
        self.known(f"{where}.", table, parameters)
        values = {
            key: self.value(f"{where}.{key}", value, parameters[key])
            for key, value in table.items()
            if key in parameters
        }
        return kind(**values) if len(self.issues) == before else None

    def value(self, where: str, value: Any, kind: Any) -> Any:
        """The value as the kind wants it (lists become tuples, 1 becomes 1.0), or None with a fault."""
        if isinstance(value, float) and not math.isfinite(value):  # TOML has nan and inf, money has not
            self.blame(where, value, "is no finite number", "Correct it")
            return None
        for arm in _arms(kind):
            found, fits = _as(value, arm)
            if fits:
                return found
        choices = [choice for arm in _arms(kind) for choice in _choices(arm)]
        if choices and isinstance(value, str):
            self.blame(where, value, "is no known word", did_you_mean(value, choices))
        else:
            self.blame(where, value, "is of the wrong kind", f"Give {_named(kind)}")
        return None


def _arms(kind: Any) -> tuple[Any, ...]:
    """The kinds that a union allows, without None: TOML has no empty value."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return tuple(arm for arm in typing.get_args(kind) if arm is not types.NoneType)
    return (kind,)


def _choices(kind: Any) -> tuple[str, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return tuple(word for word in typing.get_args(kind) if isinstance(word, str))
    return ()


def _as(value: Any, kind: Any) -> tuple[Any, bool]:
    """The value in this kind, and whether it fits."""
    if typing.get_origin(kind) is typing.Literal:
        # 1 == True in Python: a choice must have the kind of the value as well.
        return value, any(value == w and type(value) is type(w) for w in typing.get_args(kind))
    if typing.get_origin(kind) is tuple:
        return _as_tuple(value, typing.get_args(kind))
    if typing.get_origin(kind) is Mapping:
        return _as_mapping(value, typing.get_args(kind)[1])
    if isinstance(value, bool):
        return value, kind is bool
    if kind is float and isinstance(value, int):
        return float(value), True
    return value, isinstance(value, kind)


def _as_tuple(value: Any, kinds: tuple[Any, ...]) -> tuple[Any, bool]:
    if not isinstance(value, list):
        return value, False
    each = kinds[:1] * len(value) if len(kinds) == 2 and kinds[1] is Ellipsis else kinds
    if len(each) != len(value):
        return value, False
    pairs = [_as(v, k) for v, k in zip(value, each, strict=True)]
    return tuple(found for found, _ in pairs), all(fits for _, fits in pairs)


def _as_mapping(value: Any, kind: Any) -> tuple[Any, bool]:
    if not isinstance(value, dict):
        return value, False
    found = {key: _as(v, kind) for key, v in value.items()}
    finite = all(math.isfinite(v) for v in value.values() if isinstance(v, float))
    return {key: v for key, (v, _) in found.items()}, finite and all(fits for _, fits in found.values())


def _named(kind: Any) -> str:
    """The kind in the planner's words."""
    words = []
    for arm in _arms(kind):
        if typing.get_origin(arm) is tuple:
            words.append(_list_named(typing.get_args(arm)))
        elif typing.get_origin(arm) is Mapping:
            words.append(f"a table with {_named(typing.get_args(arm)[1])} for each key")
        elif _choices(arm):
            words.append(" or ".join(repr(c) for c in _choices(arm)))
        elif arm is not bool or bool in _arms(kind):
            words.append(_WORD.get(arm, str(arm)))
    return " or ".join(dict.fromkeys(words))


def _list_named(kinds: tuple[Any, ...]) -> str:
    """A list in the planner's words: any number of things of a kind, or so many of them."""
    inner = _named(kinds[0]).removeprefix("a ")
    things = inner.replace("list", "lists", 1) if inner.startswith("list") else f"{inner}s"
    return f"a list of {things}" if kinds[-1] is Ellipsis else f"a list of {len(kinds)} {things}"
