"""Text columns as codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from territory_opt.arrays import frozen
from territory_opt.travel.place import IndexArray

Int32Array = NDArray[np.int32]
TextArray = NDArray[Any]  # dtype object, str entries


@dataclass(frozen=True)
class Categories:
    """A text column as codes: `names[code[i]]` is the text of row i, -1 is empty."""

    code: Int32Array
    names: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[object]) -> Categories:
        """Codes of a sequence of texts; None and "" are empty. Names are sorted."""
        cells = ["" if text is None else str(text) for text in texts]
        names = sorted(set(cells) - {""})
        number = {name: i for i, name in enumerate(names)} | {"": -1}
        code = np.fromiter((number[cell] for cell in cells), np.int32, len(cells))
        return cls(frozen(code), tuple(names))

    def texts(self) -> TextArray:
        """The column back as texts, "" where empty; dtype object, shape (rows,)."""
        return np.array([*self.names, ""], dtype=object)[self.code]

    def take(self, rows: IndexArray) -> Categories:
        """The same column for some rows."""
        return Categories(frozen(self.code[rows]), self.names)
