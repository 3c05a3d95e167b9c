"""Whether an account's text is among a rep's texts."""

from __future__ import annotations

import numpy as np

from territory_opt.problem import BoolArray, Categories, Problem
from territory_opt.travel.place import IndexArray


def fits(problem: Problem, by: str, reps_by: str, account: IndexArray, rep: IndexArray) -> BoolArray:
    """True where the rep's list contains the account's text, or either of them is blank."""
    wanted, offered = problem.accounts.tag(by), problem.reps.tag(reps_by)
    return membership(wanted, offered)[offered.code[rep], wanted.code[account]]


def membership(wanted: Categories, offered: Categories) -> BoolArray:
    """Table of offered texts × wanted texts; the last row and column (index -1) are the blanks."""
    number = {text: j for j, text in enumerate(wanted.names)}
    table = np.zeros((len(offered.names) + 1, len(wanted.names) + 1), bool)
    table[-1, :] = table[:, -1] = True
    for i, texts in enumerate(offered.names):
        for text in (part.strip() for part in texts.split(";")):
            if text in number:
                table[i, number[text]] = True
    return table
