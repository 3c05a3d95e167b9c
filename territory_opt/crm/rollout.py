"""Accounts and what lies below them, published and undone together.

Each kind of record has a folder of its own inside that of the accounts (`folder/contacts`), with journal,
rollback file and manifest. Accounts go first; below an account that did not change hands nothing does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from territory_opt.crm.change import Change
from territory_opt.crm.client import CHILDREN, ChildClient, Client, System
from territory_opt.crm.ids import canonical
from territory_opt.crm.journal import ROLLBACK
from territory_opt.crm.manifest import Origin
from territory_opt.crm.patience import Patience
from territory_opt.crm.publish import UNDONE, Published, publish, roll_back
from territory_opt.crm.secrets import Secrets
from territory_opt.errors import PolicyError

ACCOUNTS = "accounts"
CHANGED, WOULD_CHANGE, DRIFTED = "changed", "would change", "left alone"


@dataclass(frozen=True)
class Part:
    """What became of the records of one kind."""

    kind: str
    published: Published

    def outcomes(self) -> dict[str, tuple[str, str]]:
        """Of each record, by its id: what became of it, and why."""
        told = self.published
        done = CHANGED if told.pushed else WOULD_CHANGE
        found = dict.fromkeys(told.written, (done, ""))
        found |= dict.fromkeys(told.already, ("already there", ""))
        found |= dict.fromkeys(told.missing, ("not in the system", ""))
        found |= {c.account_id: (DRIFTED, f"belongs to {c.old_user or 'nobody'}") for c in told.drifted}
        return found | {one.account_id: ("refused", one.message) for one in told.failed}


@dataclass(frozen=True)
class Manner:
    """How a publishing is done.

    push: False only looks. origin: for manifests. on_batch: hears the kind of record, how many have an
    outcome, and of how many. tell: hears of a part with its folder before its manifest is written, and gives
    the names of files it wrote there; only where something is pushed. secrets: hidden in what systems say.
    """

    push: bool = False
    origin: Origin = field(default_factory=Origin)
    secrets: Secrets = field(default_factory=lambda: Secrets(()))
    on_batch: Callable[[str, int, int], None] | None = None
    tell: Callable[[Part, Path], Sequence[str]] | None = None
    sleep: Callable[[float], None] = time.sleep


def roll_out(
    system: System, changes: Sequence[Change], folder: Path, children: Sequence[str], manner: Manner
) -> list[Part]:
    """Publish accounts, then each kind of children; see `publish`.

    Raises PolicyError for a kind that the system does not have, before anything is written.
    """
    kinds = _clients(system, children)
    accounts = _one(publish, ACCOUNTS, system, folder, manner, changes=changes)
    told = accounts.published
    there = {*told.written, *told.already}
    # What belongs to nobody below an account of nobody could not be given back.
    moved = [change for change in changes if change.account_id in there and change.old_user]
    parts = [accounts]
    for kind, client in kinds.items():
        below = Patience(manner.sleep).ask(partial(client.belonging, moved)) if moved else []
        parts.append(_one(publish, kind, client, folder / kind, manner, changes=below))
    return parts


def roll_all_back(system: System, folder: Path, manner: Manner) -> list[Part]:
    """Undo what `roll_out` did in a folder: what lies below accounts first, then these; see `roll_back`."""
    kinds = [kind for kind in CHILDREN if (folder / kind / ROLLBACK).is_file()]
    below = reversed(_clients(system, kinds).items())
    parts = [_one(roll_back, kind, client, folder / kind, manner) for kind, client in below]
    if kinds and not (folder / ROLLBACK).is_file():
        return parts  # all accounts were with their new owners already
    return [*parts, _one(roll_back, ACCOUNTS, system, folder, manner)]


def as_system_writes(system: str, changes: Sequence[Change]) -> list[Change]:
    """The same changes with ids in the form in which the system gives them back."""
    form = canonical(system)
    return [Change(form(c.account_id), form(c.old_user), form(c.new_user)) for c in changes]


def _clients(system: System, kinds: Sequence[str]) -> dict[str, ChildClient]:
    clients, unknown = dict[str, ChildClient](), list[str]()
    for kind in kinds:
        try:
            clients[kind] = system.children(kind)
        except KeyError:
            unknown.append(kind)
    if unknown:
        raise PolicyError(f"the system has no {' and no '.join(unknown)}: leave them out of `children`")
    return clients


def _one(
    verb: Callable[..., Published], kind: str, client: Client, folder: Path, manner: Manner, **more: Any
) -> Part:
    """One kind of record, published or given back."""

    def part(told: Published) -> Part:
        return Part(kind, replace(told, failed=tuple(map(manner.secrets.outcome, told.failed))))

    home = folder / UNDONE if verb is roll_back else folder

    def report(told: Published) -> Sequence[str]:
        return manner.tell(part(told), home) if manner.tell else ()

    hears = manner.on_batch
    told = verb(
        client,
        folder=folder,
        push=manner.push,
        origin=manner.origin,
        sleep=manner.sleep,
        on_batch=partial(hears, kind) if hears else None,
        report=report,
        **more,
    )
    return part(told)
