"""Designs of several sizes side by side: how many territories should there be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from territory_opt.design.plan import Design


@dataclass(frozen=True)
class Sizes:
    """Designs with different numbers of territories, in the order that they were asked for."""

    designs: tuple[Design, ...]

    def __iter__(self) -> Iterator[Design]:
        return iter(self.designs)

    def __len__(self) -> int:
        return len(self.designs)

    def rows(self) -> list[dict[str, Any]]:
        """One row a design: k, status, value, gap, mean km, least and greatest index of each measure."""
        return [_row(design) for design in self.designs]

    def __str__(self) -> str:
        rows = [{name: _cell(value) for name, value in row.items()} for row in self.rows()]
        if not rows:
            return "no designs"
        width = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
        lines = [{name: name for name in width}, *rows]
        return "\n".join("  ".join(row[name].rjust(width[name]) for name in width) for row in lines)


def _row(design: Design) -> dict[str, Any]:
    row: dict[str, Any] = {"k": design.k, "status": design.status.value, "value": design.value}
    row |= {"gap": design.gap, "mean km": design.mean_km}
    for measure, (low, high) in design.balance.items():
        row |= {f"least {measure}": low, f"greatest {measure}": high}
    return row


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
