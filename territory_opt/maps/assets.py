"""Everything a map needs from elsewhere, as text that goes into its page."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from territory_opt.errors import ExportError

_HERE = files("territory_opt.maps")


def leaflet() -> tuple[str, str]:
    """Leaflet's script and style sheet, from the installed package; its images are not needed."""
    from xstatic.pkg import leaflet as package

    folder = Path(package.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    style = (folder / "leaflet.css").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    return script, re.sub(r"url\([^)]*\)", "none", style)


def static(name: str) -> str:
    """One of our own script or style files."""
    return (_HERE / "static" / name).read_text(encoding="utf-8")


def background(lat: list[float], lon: list[float]) -> list[list[float]]:
    """Rings [lon, lat …] of countries, and of US states where some place lies in North America."""
    outlines = json.loads((_HERE / "data" / "outlines.json").read_text(encoding="utf-8"))
    in_us = any(24 < a < 50 and -125 < b < -66 for a, b in zip(lat, lon, strict=True))
    return [*outlines["countries"], *(outlines["states"] if in_us else [])]


def script_json(value: object) -> str:
    """JSON that stays inside a script element whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def assert_offline(page: str) -> None:
    """ExportError when a script, style sheet or image of the page comes from elsewhere."""
    source = r"(?:src|href)\s*=\s*[\"']?(?!data:)([^\"' >]+)"
    loads = re.findall(rf"<(?:script|link|img|iframe)\b[^>]*?{source}", page)
    if loads:
        raise ExportError(f"the map would load {loads[0]} from elsewhere")
