"""Names of users in pictures: one line, not too long, and only letters that the font has."""

from __future__ import annotations

from functools import cache

_UNKNOWN = "\N{WHITE SQUARE}"


def label(name: object, longest: int = 26) -> str:
    """A name as it can be drawn; what the font lacks becomes a square, what is too long ends in a dot."""
    text = "".join(c if c.isprintable() else " " for c in str(name)).strip()
    text = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return "".join(c if ord(c) in _letters() else _UNKNOWN for c in text)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
