"""The facts: accounts, reps and how the force drives, as frozen arrays of equal length.

Ids exist outside and indices inside; they cross once, in `io`. A missing index is -1, a missing number NaN.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from territory_opt.areas import Areas
from territory_opt.arrays import floats, frozen, texts
from territory_opt.categories import Categories as Categories
from territory_opt.errors import DataError, PolicyError, did_you_mean
from territory_opt.history import History
from territory_opt.travel import GreatCircle, HiddenPlaces, TravelTable
from territory_opt.travel.place import Distances, FloatArray, IndexArray

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
TextArray = NDArray[Any]  # dtype object, str entries

#: Measures that are worked out rather than given: hours per year with travel; one per account.
WORKLOAD_H, ACCOUNTS = "workload_h", "accounts"
#: Measures of accounts that are NaN where nobody knows: they say something of an account, and are no load.
MAY_BE_UNKNOWN = ("months_with_owner", "won", "lost", "cycle_days")


class _Table:
    """Equal lengths, frozen arrays, row selection: what accounts and reps share."""

    ids: TextArray
    measures: Mapping[str, FloatArray]
    tags: Mapping[str, Categories]

    def __post_init__(self) -> None:
        n = len(self.ids)
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, Mapping):
                value = MappingProxyType(
                    {k: v if isinstance(v, Categories) else frozen(v) for k, v in value.items()}
                )
                lengths = {len(v.code if isinstance(v, Categories) else v) for v in value.values()}
            else:
                value, lengths = frozen(value), {len(value)}
            if lengths - {n}:
                raise DataError(f"{item.name} has {lengths} rows where ids have {n}")
            object.__setattr__(self, item.name, value)

    def __len__(self) -> int:
        return len(self.ids)

    def __reduce__(self) -> tuple[Any, ...]:
        """How a table is sent to another process: frozen mappings cannot go as they are."""
        parts = (getattr(self, item.name) for item in fields(self))  # type: ignore[arg-type]
        return type(self), tuple(dict(part) if isinstance(part, Mapping) else part for part in parts)

    def take(self, rows: IndexArray) -> Any:
        """The same table for some rows, in that order."""
        changed: dict[str, Any] = {}
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, Mapping):
                changed[item.name] = {
                    k: v.take(rows) if isinstance(v, Categories) else v[rows] for k, v in value.items()
                }
            else:
                changed[item.name] = value[rows]
        return replace(self, **changed)  # type: ignore[type-var]

    def tag(self, name: str) -> Categories:
        """A text column by name; PolicyError with a hint when there is none."""
        if name not in self.tags:
            raise PolicyError(f"no text column {name!r} in {self._word()}. {did_you_mean(name, self.tags)}")
        return self.tags[name]

    def measure(self, name: str) -> FloatArray:
        """A numeric column by name; PolicyError with a hint when there is none."""
        if name not in self.measures:
            raise PolicyError(f"no measure {name!r} in {self._word()}. {did_you_mean(name, self.measures)}")
        return self.measures[name]

    def _word(self) -> str:
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Accounts(_Table):
    """Customers and prospects, one per row.

    measures: per year; always `visits`, `visit_h` (hours a visit), `potential`, `revenue`; optional
    `months_with_owner`, `won`, `lost`, `cycle_days` (NaN where unknown); every other column of numbers.
    tags: text columns, among them `family`, `segment`, `area_id` where given.
    owner: index of the present rep, -1 when none. area: index in `Problem.areas`, -1 when in none.
    """

    ids: TextArray
    names: TextArray
    lat: FloatArray
    lon: FloatArray
    owner: Int32Array
    area: Int32Array
    locked: BoolArray
    measures: Mapping[str, FloatArray]
    tags: Mapping[str, Categories]

    @classmethod
    def of(
        cls,
        ids: Iterable[object],
        *,
        names: Iterable[object] | None = None,
        lat: ArrayLike | None = None,
        lon: ArrayLike | None = None,
        owner: ArrayLike | None = None,
        area: ArrayLike | None = None,
        locked: ArrayLike | None = None,
        measures: Mapping[str, ArrayLike] | None = None,
        tags: Mapping[str, Iterable[object]] | None = None,
    ) -> Accounts:
        """From plain sequences; what is left out gets its default (no place, owner or area, 0 measures)."""
        id_array = texts(ids)
        n = len(id_array)
        given = {k: np.array(v, dtype=np.float64) for k, v in (measures or {}).items()}
        base = {k: np.zeros(n) for k in ("visits", "visit_h", "potential", "revenue")}
        return cls(
            ids=id_array,
            names=id_array if names is None else texts(names),
            lat=floats(lat, n),
            lon=floats(lon, n),
            owner=np.full(n, -1, np.int32) if owner is None else np.array(owner, np.int32),
            area=np.full(n, -1, np.int32) if area is None else np.array(area, np.int32),
            locked=np.zeros(n, bool) if locked is None else np.array(locked, bool),
            measures=base | given,
            tags={k: Categories.of(v) for k, v in (tags or {}).items()},
        )


@dataclass(frozen=True)
class Reps(_Table):
    """Seats in the sales force, one per row.

    capacity_h: hours per year, NaN when there is no limit. share: target share (FTE × ramp), any scale.
    measures: other numeric columns (quota, rate …). tags: text columns, among them `region`, `manager`,
    `segments`, `skills` (lists separated by `;`), `status` (active, vacant, leaving), `start_date`.
    """

    ids: TextArray
    names: TextArray
    lat: FloatArray
    lon: FloatArray
    capacity_h: FloatArray
    share: FloatArray
    measures: Mapping[str, FloatArray]
    tags: Mapping[str, Categories]

    @classmethod
    def of(
        cls,
        ids: Iterable[object],
        *,
        names: Iterable[object] | None = None,
        lat: ArrayLike | None = None,
        lon: ArrayLike | None = None,
        capacity_h: ArrayLike | None = None,
        share: ArrayLike | None = None,
        measures: Mapping[str, ArrayLike] | None = None,
        tags: Mapping[str, Iterable[object]] | None = None,
    ) -> Reps:
        """From plain sequences; what is left out gets its default (no place, no limit, share 1)."""
        id_array = texts(ids)
        n = len(id_array)
        return cls(
            ids=id_array,
            names=id_array if names is None else texts(names),
            lat=floats(lat, n),
            lon=floats(lon, n),
            capacity_h=floats(capacity_h, n),
            share=np.ones(n) if share is None else np.array(share, np.float64),
            measures={k: np.array(v, dtype=np.float64) for k, v in (measures or {}).items()},
            tags={k: Categories.of(v) for k, v in (tags or {}).items()},
        )

    @property
    def leaving(self) -> BoolArray:
        """Seats that will be gone: they keep nothing and receive nothing."""
        return self._has_status("leaving")

    @property
    def vacant(self) -> BoolArray:
        """Seats that are to be filled."""
        return self._has_status("vacant")

    @property
    def there(self) -> BoolArray:
        """Seats that stay and have somebody in them."""
        return ~(self.leaving | self.vacant)

    def _has_status(self, status: str) -> BoolArray:
        if "status" not in self.tags or status not in self.tags["status"].names:
            return np.zeros(len(self), bool)
        return self.tags["status"].code == self.tags["status"].names.index(status)


@dataclass(frozen=True)
class Driving:
    """How the force drives, for turning km into hours.

    A visit costs 2 · km · detour / speed_kmh / stops_per_trip hours: there and back, shared by the stops
    of one trip. Detour 1.2–1.4 is usual in towns.
    """

    detour: float = 1.3
    speed_kmh: float = 60.0
    stops_per_trip: float = 4.0

    @property
    def hours_per_km(self) -> float:
        """Hours of driving that one km between home and account costs per visit."""
        return 2.0 * self.detour / self.speed_kmh / self.stops_per_trip


@dataclass(frozen=True)
class Problem:
    """The facts of one planning question. What the planner wishes is in `Policy`.

    areas: pieces of the map, where the planner has given any; `accounts.area` points into them.
    history: what each account bought in the past, where the planner has given it; a row an account.
    """

    accounts: Accounts
    reps: Reps
    distances: Distances = field(default_factory=GreatCircle)
    driving: Driving = field(default_factory=Driving)
    currency: str = "USD"
    areas: Areas | None = None
    history: History | None = None

    def km(self, account: IndexArray, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair; indices broadcast."""
        return self.distances.km(self.accounts, account, self.reps, rep)

    def travel_h(self, account: IndexArray, rep: IndexArray) -> FloatArray:
        """Hours of driving per year if rep serves account."""
        visits = self.accounts.measures["visits"][account]
        return visits * self.km(account, rep) * self.driving.hours_per_km

    def load(self, measure: str, account: IndexArray, rep: IndexArray) -> FloatArray:
        """What the account weighs in a measure if this rep serves it; `workload_h` includes driving."""
        if measure == ACCOUNTS:
            return np.ones(np.broadcast(account, rep).shape)
        if measure == WORKLOAD_H:
            m = self.accounts.measures
            return m["visits"][account] * m["visit_h"][account] + self.travel_h(account, rep)
        return np.broadcast_to(self.accounts.measure(measure)[account], np.broadcast(account, rep).shape)

    def take(self, accounts: IndexArray, reps: IndexArray) -> Problem:
        """The same facts with rows selected or reordered; owners that are dropped become -1."""
        new_rep = np.full(len(self.reps) + 1, -1, np.int32)
        new_rep[reps] = np.arange(len(reps), dtype=np.int32)
        chosen = self.accounts.take(accounts)
        distances = self.distances
        if isinstance(distances, TravelTable | HiddenPlaces):  # others know no rows
            distances = distances.take(accounts, reps)
        return replace(
            self,
            accounts=replace(chosen, owner=new_rep[chosen.owner]),
            reps=self.reps.take(reps),
            distances=distances,
            history=None if self.history is None else self.history.take(accounts),
        )

    def fingerprint(self) -> str:
        """SHA-256 of every fact, to say which inputs a result belongs to."""
        digest = hashlib.sha256(f"{self.driving}{self.currency}".encode())
        for table in (self.accounts, self.reps, self.areas, self.history):
            _feed(digest, "", table)
        if isinstance(self.distances, TravelTable):
            _feed(digest, "km", self.distances.table)
        return digest.hexdigest()


def _feed(digest: Any, name: str, value: Any) -> None:
    digest.update(name.encode())
    if value is None:
        return
    if isinstance(value, Mapping):
        for key in sorted(value):
            _feed(digest, key, value[key])
    elif isinstance(value, Categories):
        _feed(digest, "names", np.array(value.names, dtype=object))
        _feed(digest, "code", value.code)
    elif is_dataclass(value):
        for item in fields(value):
            _feed(digest, item.name, getattr(value, item.name))
    elif value.dtype == object:
        digest.update("\x1f".join(value).encode())
    else:
        digest.update(np.ascontiguousarray(value).tobytes())
