"""Columns of any length as short texts, which the page's own script unpacks (static/unpack.js).

Whole numbers go as planes of bytes (all lowest bytes, then the next …), since high bytes hardly change and
deflate well; texts go as one text. Both are deflated and written in base64, about 25 bytes an account in all.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from territory_opt.travel.place import FloatArray

_LEVEL = 9
_BETWEEN = "\0"
_DIGITS = 5  # significant ones of the largest value that a reader sees


class Column(NamedTuple):
    """A packed column: what the page must know to unpack it, and its text in base64."""

    head: dict[str, Any]
    text: str


def pack_numbers(values: NDArray[Any], decimals: int = 0) -> Column:
    """Numbers rounded to so many decimals; NaN and infinity become "not known"."""
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    whole = np.zeros(len(numbers), np.int64)
    whole[known] = np.rint(numbers[known] * 10.0**decimals).astype(np.int64)
    low = int(whole[known].min()) if known.any() else 0
    code = np.where(known, whole - low + 1, 0).astype(np.uint64)
    planes = max(1, (int(code.max()).bit_length() + 7) // 8) if len(code) else 1
    data = b"".join((code >> np.uint64(8 * k)).astype(np.uint8).tobytes() for k in range(planes))
    return Column({"low": low, "planes": planes, "scale": 10**decimals}, _deflated(data))


def pack_texts(texts: Iterable[str]) -> Column:
    """Texts of any kind; the separator inside one becomes a blank."""
    cells = [str(text).replace(_BETWEEN, " ") for text in texts]
    data = _BETWEEN.join(cells).encode("utf-8", errors="replace")
    return Column({"texts": len(cells)}, _deflated(data))


def decimals_for(values: FloatArray) -> int:
    """Decimals that show the largest value with five digits, none from 10,000 on."""
    top = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
    return int(np.clip(_DIGITS - 1 - np.floor(np.log10(top)), 0, 6)) if top > 0 else 0


def _deflated(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, _LEVEL)).decode("ascii")
