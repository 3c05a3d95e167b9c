"""A plan published in stages: one rep, one region, all. What a stage has done the next one leaves alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from territory_opt.crm.change import Changes
from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.problem import BoolArray, Problem, TextArray

STAGES = ("one-rep", "region", "all")
REGION = "region"


@dataclass(frozen=True)
class Scope:
    """Whose changes are published: all that a rep gains or loses, or any rep of a region."""

    kind: Literal["rep", "region"]
    name: str

    def __str__(self) -> str:
        return f"{self.kind}={self.name}"


def scope_of(words: str) -> Scope:
    """`rep=R1` or `region=North`; PolicyError for anything else."""
    kind, sign, name = words.partition("=")
    if kind == "rep" and sign and name:
        return Scope("rep", name)
    if kind == "region" and sign and name:
        return Scope("region", name)
    raise PolicyError(f"--only {words!r} must be rep=ID or region=NAME")


def pilot(problem: Problem, changes: Changes, stage: str) -> tuple[Scope, ...]:
    """Where a stage begins: the rep with the fewest changes, or that rep's region; () for all.

    The same from the same plan, so that a stage that was killed is taken up with the same words. Raises
    PolicyError where reps have no region.
    """
    if stage == "all" or not len(changes):
        return ()
    touched = np.bincount(changes.new_rep, minlength=len(problem.reps))
    touched += np.bincount(changes.old_rep[changes.old_rep >= 0], minlength=len(problem.reps))
    rep = int(np.where(touched > 0, touched, np.iinfo(np.int64).max).argmin())
    if stage == "one-rep":
        return (Scope("rep", str(problem.reps.ids[rep])),)
    region = str(problem.reps.tag(REGION).texts()[rep])
    if not region:
        raise PolicyError(f"rep {problem.reps.ids[rep]} has no region: name one with --only region=NAME")
    return (Scope("region", region),)


def within(problem: Problem, changes: Changes, scopes: Sequence[Scope]) -> BoolArray:
    """Which changes (changes,) belong to any of the scopes; all of them where there is none.

    Raises PolicyError listing every rep and region that is not there.
    """
    if not scopes:
        return np.ones(len(changes), bool)
    issues = list(_unknown(problem, scopes))
    if issues:
        raise PolicyError(issues)
    chosen = np.zeros(len(problem.reps) + 1, bool)  # the last one for nobody
    for scope in scopes:
        chosen[:-1] |= _names(problem, scope.kind) == scope.name
    return chosen[changes.old_rep] | chosen[changes.new_rep]


def _names(problem: Problem, kind: str) -> TextArray:
    return problem.reps.ids if kind == "rep" else problem.reps.tag(REGION).texts()


def _unknown(problem: Problem, scopes: Sequence[Scope]) -> Iterator[Issue]:
    for scope in scopes:
        known = {str(name) for name in _names(problem, scope.kind)} - {""}
        if scope.name not in known:
            mend = did_you_mean(scope.name, known)
            yield Issue("reps", None, scope.kind, scope.name, "is not in the data", mend)
