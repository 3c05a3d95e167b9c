"""Where new leads go: the rep of accounts like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError, did_you_mean
from territory_opt.problem import Problem


def routing_table(problem: Problem, alignment: Alignment, by: Sequence[str]) -> Mapping[str, Any]:
    """For each combination of texts in some columns of the accounts, the rep who serves most of them.

    by: text columns, `("area_id",)` or `("region", "segment")`, say. share says how many of them this rep
    serves: below 1.0 the columns do not decide, and a lead should be looked at. Columns of equal length,
    sorted by the texts; rows without any text are left out.

    Raises PolicyError for a column that is not there.
    """
    missing = [name for name in by if name not in problem.accounts.tags]
    if missing or not by:
        known = did_you_mean(missing[0], problem.accounts.tags) if missing else "Name a column"
        raise PolicyError(f"accounts have no text column {missing[0] if missing else ''!r}. {known}")
    codes = np.stack([problem.accounts.tags[name].code for name in by])
    told = (codes >= 0).all(axis=0) & alignment.covered
    keys, group = np.unique(codes[:, told], axis=1, return_inverse=True)
    rep = alignment.rep[told].astype(np.int64)
    n_reps, group = len(problem.reps), group.ravel()
    count = np.bincount(group * n_reps + rep, minlength=keys.shape[1] * n_reps).reshape(-1, n_reps)
    best = count.argmax(axis=1) if count.size else np.zeros(0, np.int64)
    texts = [
        np.array(problem.accounts.tags[name].names, dtype=object)[row]
        for name, row in zip(by, keys, strict=True)
    ]
    total = np.maximum(count.sum(axis=1), 1)
    order = np.lexsort(tuple(row.astype(str) for row in texts[::-1])) if len(best) else np.zeros(0, np.int64)
    columns: dict[str, Any] = {name: row[order] for name, row in zip(by, texts, strict=True)}
    return columns | {
        "rep_id": problem.reps.ids[best][order],
        "accounts": total[order],
        "share": (count.max(axis=1, initial=0) / total)[order],
    }
