"""What the packed columns of a map's page say, read without the page's own script."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np

from territory_opt.maps.packing import Column

_HEADS = '"columns":{'
_BLOCK = re.compile(r'<script[^>]*data-column="([^"]+)"[^>]*>([^<]*)</script>')


def unpacked(column: Column) -> list[str] | list[float]:
    """The texts or numbers of a column, NaN where a number is not known."""
    data = zlib.decompress(base64.b64decode(column.text))
    if "texts" in column.head:
        return data.decode("utf-8").split("\0") if column.head["texts"] else []
    planes = np.frombuffer(data, np.uint8).reshape(column.head["planes"], -1).astype(np.float64)
    code = (planes * 256.0 ** np.arange(len(planes))[:, None]).sum(axis=0)
    known = np.where(code > 0, code - 1 + column.head["low"], np.nan)
    values: list[float] = (known / column.head["scale"]).tolist()
    return values


def columns_of(html: str) -> dict[str, list[str] | list[float]]:
    """All packed columns of a page by their names; none where it is no map."""
    blocks = dict(_BLOCK.findall(html))
    if not blocks:
        return {}
    heads, _ = json.JSONDecoder().raw_decode(html, html.index(_HEADS) + len(_HEADS) - 1)
    assert heads.keys() == blocks.keys()
    return {name: unpacked(Column(heads[name], text)) for name, text in blocks.items()}
