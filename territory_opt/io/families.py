"""Families: a cell names the family, or the parent account; chains end at the top parent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory_opt.io.columns import Column
from territory_opt.io.identity import rows_of


def resolve_families(column: Column, ids: pd.Series) -> pd.Series:
    """The top parent (or the family's own name) of each account, "" where it has no family.

    A parent that is named by others belongs to the family it heads. Cycles are a fault.
    """
    text = column.text("family")
    ids = ids.set_axis(text.index)
    parent = rows_of(text, ids)
    own = np.arange(len(ids))
    parent = np.where(parent == own, -1, parent)  # naming oneself means heading the family
    top = np.where(parent >= 0, parent, own)
    for _ in range(max(1, int(np.ceil(np.log2(max(len(ids), 2)))) + 1)):
        top = top[top]  # pointer doubling: chains of any length in log steps
    # Where no chain ends, its far end runs round the cycle: those accounts, and not all who lead to them.
    cyclic = np.isin(own, top[parent[top] >= 0])
    column.blame(cyclic, "family", "is its own ancestor", "Cut the cycle of parents")
    linked = parent >= 0
    name = text.where(text != "", ids)  # a head without a family of its own gives it its id
    head = np.isin(own, top[linked])
    return text.where(~(linked | head), name.iloc[top].set_axis(text.index))
