"""What is asked about: an account or an area, with everything that the rules make go along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue, PolicyError, did_you_mean
from territory_opt.holdings import areas_in, territories
from territory_opt.policy import FollowArea, Policy
from territory_opt.policy.words import counted
from territory_opt.problem import Int32Array, Problem
from territory_opt.receivers import pieces_of
from territory_opt.travel.place import IndexArray

_COMPARED = 10_000  # ids that a misspelt one is compared with
_SHOWN = 5


@dataclass(frozen=True)
class Subject:
    """Accounts and areas that change hands together; index arrays, either may be empty.

    now: the rep who serves them; owner: of the account that was asked about, today. Both -1 for nobody.
    reps: all reps.
    """

    account: Int32Array
    area: Int32Array
    now: int
    owner: int
    goes_with: str
    reps: IndexArray

    @property
    def pairs(self) -> tuple[IndexArray, IndexArray]:
        """Every account with every rep, as indices that broadcast to (accounts, reps)."""
        return self.account[:, None], self.reps[None, :]


def of_account(problem: Problem, policy: Policy, alignment: Alignment, account_id: str) -> Subject:
    """An account, with the family and the area that it goes with. DataError when there is none."""
    row = row_of(problem.accounts.ids, account_id, "account")
    pieces, _ = pieces_of(problem, policy, alignment, np.array([row], np.int32))
    members, follows = pieces.account, policy.area_of(problem)
    area = np.unique(follows[members][follows[members] >= 0]).astype(np.int32)
    owner = int(problem.accounts.owner[row])
    words = _goes_with(problem, len(members), area)
    return Subject(members, area, int(alignment.rep[row]), owner, words, np.arange(len(problem.reps)))


def of_area(problem: Problem, policy: Policy, alignment: Alignment, area_id: str) -> Subject:
    """An area, with the accounts that follow it. DataError when there is none."""
    area = row_of(areas_in(problem).ids, area_id, "area")
    if not any(isinstance(wish, FollowArea) for wish in policy.wishes):
        raise PolicyError("areas go to nobody as a whole, since no rule follow_area is asked for")
    follows = policy.area_of(problem)
    inside = np.flatnonzero(follows == area)
    if len(inside):
        return of_account(problem, policy, alignment, str(problem.accounts.ids[inside[0]]))
    now = int(territories(problem, follows, alignment)[area])
    none, reps = np.zeros(0, np.int32), np.arange(len(problem.reps))
    return Subject(none, np.array([area], np.int32), now, -1, _goes_with(problem, 0, [area]), reps)


def row_of(ids: np.ndarray, wanted: str, thing: str) -> int:
    row = np.flatnonzero(ids == wanted)
    if len(row) == 0:
        near = did_you_mean(wanted, map(str, ids[:_COMPARED]))
        fault = f"there is no such {thing}"
        raise DataError(Issue(f"{thing}s", None, f"{thing}_id", wanted, fault, near))
    return int(row[0])


def _goes_with(problem: Problem, accounts: int, area: IndexArray | list[int]) -> str:
    """The area or family that goes along; "" for an account on its own."""
    size = counted(accounts, "account")
    if len(area) == 0:
        return f"its family: {size}" if accounts > 1 else ""
    names = ", ".join(map(str, areas_in(problem).ids[np.asarray(area)[:_SHOWN]]))
    more = " …" if len(area) > _SHOWN else ""
    return f"{'its area' if len(area) == 1 else 'its areas'} {names}{more}: {size}"
