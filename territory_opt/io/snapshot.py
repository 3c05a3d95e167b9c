"""Our values kept in one file and read back exactly: every array bit by bit, every text letter by letter.

A file is a NumPy archive of plain arrays and one JSON text that says how they belong together. Nothing in
it is ever run, so that a file from elsewhere can do no harm.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas, Outlines
from territory_opt.audit import Audit, Clash, MeterCount
from territory_opt.errors import DataError, Issue
from territory_opt.history import History
from territory_opt.io.atomic import replacing
from territory_opt.policy import RULES, TABLED, TERMS, PairTable, Policy
from territory_opt.problem import Accounts, Categories, Driving, Problem, Reps
from territory_opt.result import Result, Status, Step
from territory_opt.travel import GreatCircle, TravelTable

#: What a file may hold, by the name it has there.
_FACTS = (
    *(Problem, Accounts, Reps, Categories, Driving, History),
    *(Areas, Outlines, GreatCircle, TravelTable),
)
_PLANS = (Policy, PairTable, Result, Alignment, Audit, MeterCount, Clash, Step)
_KINDS = {
    kind.__name__: kind for kind in (*_FACTS, *_PLANS, *TERMS.values(), *RULES.values(), *TABLED.values())
}
_STRUCTURE = "structure"


def write_snapshot(value: Any, path: str | Path) -> None:
    """Keep a value of ours in a file, whole or not at all. DataError when it holds something else."""
    arrays: list[np.ndarray] = []
    structure = json.dumps(_node(value, arrays), ensure_ascii=True)
    named = {f"a{i}": array for i, array in enumerate(arrays)}
    named[_STRUCTURE] = np.frombuffer(structure.encode(), np.uint8)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **named)  # type: ignore[arg-type]


def read_snapshot(path: str | Path) -> Any:
    """The value that a file keeps; DataError when the file is no such thing or is not whole."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            structure = json.loads(archive[_STRUCTURE].tobytes().decode())
            return _value(structure, {name: archive[name] for name in archive.files})
    except Exception as error:  # a damaged archive fails in any way: EOFError, zlib.error and more
        fault = f"cannot be read back ({type(error).__name__})"
        mend = "Take another version, or make it again"
        raise DataError(Issue("store", None, "", str(path), fault, mend)) from None


def _node(value: Any, arrays: list[np.ndarray]) -> Any:
    """What JSON says of a value; its arrays are added to the list."""
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, Status):
        return {"status": value.value}
    if isinstance(value, np.generic):
        return _node(value.item(), arrays)
    if isinstance(value, np.ndarray):
        return _array_node(value, arrays)
    if isinstance(value, Mapping):
        return {"map": [[str(key), _node(item, arrays)] for key, item in value.items()]}
    if isinstance(value, tuple | list):
        return {"tuple": [_node(item, arrays) for item in value]}
    if type(value) is _KINDS.get(type(value).__name__):
        parameters = {name: _node(part, arrays) for name, part in _parameters(value)}
        return {"kind": type(value).__name__, "fields": parameters}
    raise DataError(f"a {type(value).__name__} cannot be kept in a file")


def _parameters(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value of ours is made from, by the names that its class takes."""
    if isinstance(value, TravelTable):
        yield "km", value.table
    elif is_dataclass(value):
        yield from ((item.name, getattr(value, item.name)) for item in fields(value))
    else:  # a PairTable
        yield from ((name, getattr(value, name)) for name in ("accounts", "reps", "value"))


def _array_node(array: np.ndarray, arrays: list[np.ndarray]) -> dict[str, int]:
    number = len(arrays)
    if array.dtype != object:
        arrays.append(array)
        return {"array": number}
    encoded = [str(text).encode() for text in array]
    arrays.append(np.frombuffer(b"".join(encoded), np.uint8))
    arrays.append(np.cumsum([0, *map(len, encoded)]))
    return {"texts": number}


def _value(node: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(node, dict):
        return node
    ((word, inside), *rest) = node.items()
    if word == "float":
        return float.fromhex(inside)
    if word == "status":
        return Status(inside)
    if word == "array":
        return arrays[f"a{inside}"]
    if word == "texts":
        return _texts(arrays[f"a{inside}"].tobytes(), arrays[f"a{inside + 1}"].tolist())
    if word == "map":
        return {key: _value(item, arrays) for key, item in inside}
    if word == "tuple":
        return tuple(_value(item, arrays) for item in inside)
    ((_, parameters),) = rest
    return _KINDS[inside](**{key: _value(item, arrays) for key, item in parameters.items()})


def _texts(letters: bytes, cut: list[int]) -> np.ndarray:
    array = np.empty(len(cut) - 1, dtype=object)
    array[:] = [letters[a:b].decode() for a, b in pairwise(cut)]
    return array
