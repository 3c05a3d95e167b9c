"""What the publishing of a plan needs of a system; each vendor has a client that offers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from territory_opt.crm.change import Change
from territory_opt.errors import ExportError


@dataclass(frozen=True)
class Outcome:
    """What the system said of one record."""

    account_id: str
    ok: bool
    message: str = ""


class Interrupted(ExportError):
    """The system did not answer: what it did is not known.

    after_s: how long it asks to wait, None if it does not say.
    """

    def __init__(self, message: str, after_s: float | None = None):
        super().__init__(message)
        self.after_s = after_s


class Refused(ExportError):
    """The system does not let us in, or refuses the whole call: trying again would not help."""


class Client(Protocol):
    """A system that holds accounts and their owners.

    Every call may be made again with the same arguments: the second time nothing more happens. Raises
    Interrupted when no answer came, Refused when credentials or rights are missing.
    """

    batch_size: int

    def owners(self, account_ids: Sequence[str]) -> Mapping[str, str]:
        """The present owner of each account that is there."""

    def cover(self, changes: Sequence[Change]) -> None:
        """Let the new owners reach the accounts before they own them; nothing where they can already."""

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Give each account to its new owner; one outcome a change, in any order."""

    def uncover(self, changes: Sequence[Change]) -> None:
        """Take away what only the old owners needed, after they own the accounts no more."""
