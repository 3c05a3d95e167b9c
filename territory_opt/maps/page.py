"""The folium map of a plan, and the page that is mailed around."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement, Template

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.io.atomic import replacing
from territory_opt.maps.assets import assert_offline, leaflet, script_json, static
from territory_opt.maps.content import alignment_content, judged, plan_content
from territory_opt.maps.packing import Column
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray

#: Our own scripts, in the order they are read.
_OURS = (
    *(
        "nodes.js",
        "unpack.js",
        "columns.js",
        "places.js",
        "symbols.js",
        "dots.js",
        "areas.js",
        "legend.js",
        "search.js",
    ),
    *("panel.js", "facts.js", "flows.js", "pane.js", "printing.js", "territories.js"),
)
_SCRIPT, _STYLE = "leaflet.js", "leaflet.css"


class _Territories(MacroElement):  # type: ignore[misc]  # branca has no types
    """Our own layer: columns in packed blocks and a small JSON, drawn by our own scripts on a canvas."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}<style>{{ this.style }}</style>{% endmacro %}
        {% macro html(this, kwargs) %}{{ this.blocks }}{% endmacro %}
        {% macro script(this, kwargs) %}
        {{ this.code }}
        showTerritories({{ this._parent.get_name() }}, {{ this.content }});
        {% endmacro %}
        """
    )

    def __init__(self, content: dict[str, Any]):
        super().__init__()
        self._name = "Territories"
        columns: dict[str, Column] = content["columns"]
        heads = {name: column.head for name, column in columns.items()}
        self.content = script_json(content | {"columns": heads})
        self.blocks = "\n".join(_block(name, column.text) for name, column in columns.items())
        self.style = static("territories.css")
        self.code = "\n".join(static(name) for name in _OURS)


def _block(name: str, text: str) -> str:
    """Base64 in an element that no browser runs or shows."""
    return f'<script type="text/plain" data-column="{name}">{text}</script>'


class PlanMap(folium.Map):  # type: ignore[misc]
    """A folium map that shows itself and is saved with everything it needs inside."""

    def _repr_html_(self, **_: Any) -> str:
        inside = html.escape(self_contained(self), quote=True)
        return f'<iframe srcdoc="{inside}" style="width: 100%; height: 620px; border: 0"></iframe>'

    def save(self, outfile: str | Path, **_: Any) -> None:
        """Write the map as one HTML file."""
        save_page(self, outfile)


def territory_map(
    problem: Problem, policy: Policy, result: Result, *, tiles: str | None = None
) -> folium.Map:
    """A solved plan on a map: plan and today, moves with their reasons, indices, clashes.

    tiles: the name of a tile provider of folium, for a street map that needs a network; by default
    outlines of countries and US states that come with the page.
    """
    return _page(plan_content(problem, policy, result), tiles)


def alignment_map(
    problem: Problem,
    alignment: Alignment,
    policy: Policy | None = None,
    *,
    centres: tuple[FloatArray, FloatArray] | None = None,
    subtitle: str = "",
    tiles: str | None = None,
) -> folium.Map:
    """Any alignment on a map, beside today's.

    policy: wishes to judge it by, for the index of each balanced measure. centres: lat and lon of the middles
    from which territories were drawn, (territories,) each: `Design.centre`. subtitle: a sentence below the
    title. tiles: as in `territory_map`.
    """
    content = alignment_content(problem, alignment, centres=centres) | {"subtitle": subtitle}
    if policy is not None:
        today = audit(problem, policy, Alignment.today(problem))
        content = judged(content, problem, policy, today, audit(problem, policy, alignment))
    return _page(content, tiles)


def _page(content: dict[str, Any], tiles: str | None) -> folium.Map:
    flat = content["areas"] is not None  # cut once, and does not repeat around the globe
    page = PlanMap(
        tiles=tiles,
        prefer_canvas=True,
        zoom_control=False,
        world_copy_jump=not flat,
        zoom_snap=0.25 if tiles is None else 1,
    )
    # On the instance: the class attributes are shared by every map of the process.
    page.default_js = [("leaflet", _SCRIPT)]
    page.default_css = [("leaflet_css", _STYLE)]
    page.add_child(_Territories(content))
    return page


def save_map(problem: Problem, policy: Policy, result: Result, path: str | Path) -> Path:
    """Write the map of a plan as one HTML file that asks no other host for anything."""
    return save_page(territory_map(problem, policy, result), path)


def save_page(page: folium.Map, path: str | Path) -> Path:
    """Write any of our maps as such a file, whole or not at all."""
    path = Path(path)
    with replacing(path) as fresh:
        fresh.write_text(self_contained(page), encoding="utf-8")
    return path


def self_contained(page: folium.Map) -> str:
    """The page of a map with every script and style sheet inside it."""
    script, style = leaflet()
    text: str = page.get_root().render()
    text = text.replace(f'<script src="{_SCRIPT}"></script>', f"<script>{script}</script>")
    text = text.replace(f'<link rel="stylesheet" href="{_STYLE}"/>', f"<style>{style}</style>")
    assert_offline(text[: text.index("<body")])
    return text.replace("<head>", "<head>\n<title>Sales territories</title>", 1)
