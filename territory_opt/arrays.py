"""Columns as arrays, from whatever a caller hands over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def texts(values: Iterable[object]) -> NDArray[np.object_]:
    """An array of Python strings, "" for None."""
    cells = ["" if value is None else str(value) for value in values]
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def floats(values: ArrayLike | None, n: int) -> NDArray[np.float64]:
    """A copy as floats; n times NaN for None."""
    return np.full(n, np.nan) if values is None else np.array(values, dtype=np.float64)


class Tabular:
    """A frozen table: named columns of equal length, one row a thing."""

    def columns(self) -> Mapping[str, Any]:
        """The table as columns, as it is written to files; numbers rounded for people."""
        raise NotImplementedError

    def rows(self) -> list[dict[str, Any]]:
        """The same as rows of Python's own values."""
        columns = {name: np.asarray(values).tolist() for name, values in self.columns().items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, seen so that it cannot be written to."""
    array = array.view()
    array.setflags(write=False)
    return array
