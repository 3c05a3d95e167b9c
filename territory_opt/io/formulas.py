"""Cells whose formula failed: #N/A is neither a segment nor a family."""

from __future__ import annotations

from collections.abc import Collection

from territory_opt.io.columns import Column

_SIGNS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!")
_GERMAN = ("#NV", "#BEZUG!", "#WERT!", "#ZAHL!")  # in a CSV file that a German Excel wrote
_LIBREOFFICE = r"Err:\d{3}"
_LABELS = ("name", "start_date")  # nothing is planned by them


def blame_failed_formulas(column: Column, texts: Collection[str], checked: Collection[str]) -> None:
    """Every failed formula: fatal in our own `texts`, read as empty with a warning in other columns.

    checked: columns where such a cell is a fault anyhow, as numbers are and owners.
    """
    for name in [str(c) for c in column.frame.columns if c not in checked]:
        cells = column.frame[name]
        failed = cells.isin([*_SIGNS, *_GERMAN]) | cells.str.fullmatch(_LIBREOFFICE)
        if not failed.any():
            continue
        fatal = name in texts and name not in _LABELS
        mend = "Correct the formula, or empty the cell if that is what it means" if fatal else "Read as empty"
        column.blame(failed, name, "is a formula that failed", mend, fatal=fatal)
        if not fatal:
            column.frame = column.frame.assign(**{name: column.frame[name].where(~failed, "")})
