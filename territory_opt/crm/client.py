"""What the publishing of a plan needs of a system; each vendor has a client that offers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from territory_opt.crm.change import Change
from territory_opt.errors import ExportError


@dataclass(frozen=True)
class Outcome:
    """What the system said of one record."""

    account_id: str
    ok: bool
    message: str = ""

    def of(self, account_id: str) -> Outcome:
        """The same said of another record."""
        return replace(self, account_id=account_id)


class Interrupted(ExportError):
    """The system did not answer: what it did is not known.

    after_s: how long it asks to wait, None if it does not say.
    """

    def __init__(self, message: str, after_s: float | None = None):
        super().__init__(message)
        self.after_s = after_s


class Refused(ExportError):
    """The system does not let us in, or refuses the whole call: trying again would not help."""


#: A table as columns of equal length by our names (`account_id`, `owner` …); a DataFrame is made where one
#: is needed, since pandas stays out of this room.
Table = Mapping[str, Sequence[Any]]
#: Records below an account that can go with it, in the order in which they are published.
CHILDREN = ("contacts", "opportunities", "cases")


class Client(Protocol):
    """A system that holds records and their owners: accounts, or those of one kind below them.

    Every call may be made again with the same arguments: the second time nothing more happens. Raises
    Interrupted when no answer came, Refused when credentials or rights are missing. Calls take any number
    of records; `cover`, `assign` and `uncover` get at most `batch_size`.
    """

    batch_size: int

    def owners(self, account_ids: Sequence[str]) -> Mapping[str, str]:
        """The present owner of each record that is there; "" for one that nobody owns."""

    def cover(self, changes: Sequence[Change]) -> None:
        """Let the new owners reach the accounts before they own them; nothing where they can already."""

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Give each record to its new owner; one outcome a change, in any order."""

    def uncover(self, changes: Sequence[Change]) -> None:
        """Take away what only the old owners needed, after they own the accounts no more.

        The same with the roles turned round takes back what `cover` gave for a change that never came: then
        `old_user` is the one who was to get the account, and `new_user` the one who kept it.
        """


class ChildClient(Client, Protocol):
    """Records of one kind below accounts; `account_id` of a change is the id of the record itself.

    `cover` and `uncover` do nothing: whoever reaches the account reaches what is below it.
    """

    def belonging(self, changes: Sequence[Change]) -> list[Change]:
        """Records below these accounts that belong to the OLD owner, as changes to the new one.

        Only open opportunities and open cases. Those that belong to anybody else stay where they are.
        """


class System(Client, Protocol):
    """All that a vendor's package offers: accounts by themselves, what is below them, and what there is.

    keep_teams: account and opportunity teams outlive a change of owner; True until somebody sets it False
    before the first call of `assign`.
    """

    keep_teams: bool

    def who(self) -> str:
        """Which org and which user, in one line without any secret; Refused where we are not let in."""

    def children(self, kind: str) -> ChildClient:
        """A client for one of CHILDREN; KeyError where the system has no such records."""

    def tables(self) -> Mapping[str, Table]:
        """What the system holds, in our column names, ids as the system writes them in full.

        accounts: account_id, name, owner, family (the top account above it, its own id for that one), and
        what is known of segment, revenue, lat, lon, area_id (postal code).
        reps: rep_id (the id of the user), name, email, status (`active` or `leaving`), manager.
        Where the system has them, opportunities (open ones): opportunity_id, account_id, owner, stage,
        amount, closes (ISO date); territories: territory_id, name, parent; and the pairs of ids
        territory_accounts and territory_users.
        """


@runtime_checkable
class KeepsJobs(Protocol):
    """A client whose writes go on at the system when the process that sent them is gone: bulk jobs.

    Without this, a killed run could write behind the back of the one that follows, or of a rollback.
    """

    def report_jobs(self, note: Callable[[str], None]) -> None:
        """Call `note` with the id of each job before the system may start it; the journal keeps it."""

    def end_jobs(self, jobs: Sequence[str]) -> None:
        """Wait until these jobs have ended, or end them; one that the system knows no more has ended."""


@runtime_checkable
class KeepsAside(Protocol):
    """A client that takes away what the system itself could not bring back, such as territories."""

    def keep_aside(self, folder: Path) -> None:
        """Write down there what is given and taken away, before it is; what stands there already counts."""


class Connect(Protocol):
    """`connect` of a vendor's package: reads its log-in from the environment and nowhere else."""

    def __call__(self, environment: Mapping[str, str] = ..., /) -> System:
        """A system that was not spoken to yet; Refused names each variable that is missing."""
