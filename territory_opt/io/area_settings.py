"""How areas are read: what `[areas]` in territory.toml says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from territory_opt.errors import Issue
from territory_opt.policy.words import range_faults

Pair = tuple[str, str]
_LEAST = {"snap_m": 0.0, "nearest_km": 0.0}


@dataclass(frozen=True)
class AreaSettings:
    """Choices that a map file leaves open.

    layer: which one, where the file has several. crs: the coordinate system of a file that states none.
    snap_m: gaps and overlaps up to this wide count as a shared border. nearest_km: an account outside every
    area belongs to the nearest one up to so far away; 0: to none. link_islands: join pieces of the map that
    touch nothing by the shortest links. bridges: pairs of area ids that count as neighbours without a
    border (a ferry, a tunnel). forbidden: pairs whose border does not count (a ridge, a river).
    """

    layer: str | None = None
    crs: str | None = None
    snap_m: float = 1.0
    nearest_km: float = 0.0
    link_islands: bool = False
    bridges: tuple[Pair, ...] = ()
    forbidden: tuple[Pair, ...] = ()

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        for name, low in _LEAST.items():
            for _ in range_faults(name, getattr(self, name), low=low):
                yield name, f"must be a number of at least {low:g}"


def settings_fault(name: str, value: Any, fault: str, mend: str, *, fatal: bool = True) -> Issue:
    """A fault of one of these settings, as the file names it."""
    return Issue("territory.toml", None, f"areas.{name}", str(value), fault, mend, fatal)
