"""After a design on areas that were cut: parts of one area in one territory are joined again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt.design.drawing import Drawn
from territory_opt.design.question import Asked
from territory_opt.design.splitting import Cut
from territory_opt.design.units import Units, units_of
from territory_opt.travel.place import IndexArray


def joined(question: Asked, drawn: Drawn, cut: Cut) -> tuple[Asked, Drawn, Cut]:
    """The same territories, worth the same, on areas without the cuts that none of their borders needs."""
    units, wishes, territory = question.units, question.wishes, drawn.territory
    on_map = units.area >= 0
    of_area = np.full(len(cut.parts.areas), -1)
    of_area[units.area[on_map]] = territory[on_map]
    seat = units.area[drawn.centre]
    cut = cut.rejoined(of_area, seat[seat >= 0])
    new = units_of(cut.problem, wishes.contiguous)
    any_account = np.zeros(len(units), np.int64)
    any_account[units.of_account] = np.arange(len(units.of_account))
    centre = new.of_account[any_account[drawn.centre]].astype(np.int64)
    of_unit = _territory_of(new, cut, of_area, territory[units.of_account])
    return Asked(cut.problem, wishes, new), replace(drawn, territory=of_unit, centre=centre), cut


def _territory_of(units: Units, cut: Cut, of_area: IndexArray, of_account: IndexArray) -> IndexArray:
    """Territory of each of the new units (units,): that of its accounts, else of the area, which is whole."""
    found = np.full(len(units), -1)
    found[units.of_account] = of_account
    empty = found < 0
    found[empty] = of_area[cut.former[units.area[empty]]]
    return found
