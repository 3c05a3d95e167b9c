"""A small map of one territory as SVG: drawn from numbers alone, so that no text of a user is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.areas import Outlines
from territory_opt.travel.place import FloatArray, IndexArray

WIDTH, HEIGHT = 340, 250
_MARGIN = 14.0
_MOST_DOTS = 700  # of one kind; beyond, dots hide each other
_LEAST_DEGREES = 0.04
_FAR = 0.02  # share of the places that may lie outside the picture on each side
_RADIUS = 2.6


@dataclass(frozen=True, eq=False)
class Ground:
    """Lines below every map: borders of countries and states as pieces from one corner to the next.

    lon, lat: first and last end of each piece, (pieces, 2) each, of all outlines one after the other.
    """

    lon: FloatArray
    lat: FloatArray

    @classmethod
    def of(cls, rings: Iterable[list[float]]) -> Ground:
        """From rings [lon, lat, lon, lat …]."""
        arrays = [np.array(ring, np.float64).reshape(-1, 2) for ring in rings]
        parts = [np.stack([ring[:-1], ring[1:]], axis=1) for ring in arrays if len(ring) > 1]
        ends = np.concatenate(parts) if parts else np.zeros((0, 2, 2))
        return cls(ends[:, :, 0], ends[:, :, 1])


@dataclass(frozen=True)
class View:
    """The part of the globe that a picture shows: degrees to pixels, around a middle longitude."""

    west: float
    north: float
    middle: float
    x_scale: float
    y_scale: float

    @classmethod
    def around(cls, lat: FloatArray, lon: FloatArray) -> View:
        """The view of some places; a few that lie far off are left outside."""
        middle = float(np.degrees(np.angle(np.exp(1j * np.radians(lon)).mean())))
        lon = _near(lon, middle)
        south, north = _span(lat)
        west, east = _span(lon)
        shrink = max(float(np.cos(np.radians((south + north) / 2))), 0.1)
        scale = min(
            (WIDTH - 2 * _MARGIN) / ((east - west) * shrink), (HEIGHT - 2 * _MARGIN) / (north - south)
        )
        x_scale = scale * shrink
        left = (west + east) / 2 - WIDTH / 2 / x_scale
        return cls(left, (south + north) / 2 + HEIGHT / 2 / scale, middle, x_scale, scale)

    def xy(self, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Pixels from the upper left corner."""
        return (_near(lon, self.middle) - self.west) * self.x_scale, (self.north - lat) * self.y_scale


def _span(values: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(values, [_FAR, 1 - _FAR])
    room = 0.25 * (high - low)
    near = values[(values >= low - room) & (values <= high + room)]
    low, high = float(near.min()), float(near.max())
    lack = max(_LEAST_DEGREES - (high - low), 0.0) / 2
    return low - lack, high + lack


def _near(lon: FloatArray, middle: float) -> FloatArray:
    return np.asarray(middle + (lon - middle + 180) % 360 - 180, np.float64)


def territory_picture(
    ground: Ground,
    dots: Mapping[str, tuple[FloatArray, FloatArray]],
    home: tuple[float, float] | None = None,
    shapes: Mapping[str, str] | None = None,
    view: View | None = None,
) -> str:
    """SVG with the places of each kind (lat, lon), the last kind on top; "" where no place is known.

    The kinds are style classes of the page. shapes: SVG paths by kind, drawn below, as `area_path` makes.
    """
    view = view or view_of(dots)
    if view is None:
        return ""
    inside = [f'<path class="land" d="{_borders(ground, view)}"/>']
    inside += [f'<path class="area {kind}" d="{path}"/>' for kind, path in (shapes or {}).items() if path]
    inside += [f'<path class="dot {kind}" d="{_dots(view, *place)}"/>' for kind, place in dots.items()]
    if home is not None and np.isfinite(home).all():
        (x,), (y,) = view.xy(np.array([home[0]]), np.array([home[1]]))
        inside.append(f'<path class="home" d="M{x:.1f} {y - 7:.1f}l6 6h-2v6h-8v-6h-2z"/>')
    return f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(inside)}</svg>'


def view_of(dots: Mapping[str, tuple[FloatArray, FloatArray]]) -> View | None:
    """The view of all places that are known."""
    lat, lon = (np.concatenate([place[i] for place in dots.values()] or [np.zeros(0)]) for i in (0, 1))
    known = np.isfinite(lat) & np.isfinite(lon)
    return View.around(lat[known], lon[known]) if known.any() else None


def _dots(view: View, lat: FloatArray, lon: FloatArray) -> str:
    """Circles as strokes of no length with round ends: nine characters each."""
    known = np.isfinite(lat) & np.isfinite(lon)
    x, y = (v[:_MOST_DOTS].round(1) for v in view.xy(lat[known], lon[known]))
    return "".join(f"M{a:g} {b:g}h0" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _borders(ground: Ground, view: View) -> str:
    x, y = view.xy(ground.lat, ground.lon)
    short = np.abs(np.diff(x, axis=1)[:, 0]) < 180 * view.x_scale  # else it runs around the globe
    shown = (x.min(axis=1) < WIDTH) & (x.max(axis=1) > 0) & (y.min(axis=1) < HEIGHT) & (y.max(axis=1) > 0)
    kept = np.flatnonzero(shown & short)
    parts, last = [], (np.nan, np.nan)
    for (x0, x1), (y0, y1) in zip(x[kept].round(1).tolist(), y[kept].round(1).tolist(), strict=True):
        parts.append(f"L{x1:g} {y1:g}" if (x0, y0) == last else f"M{x0:g} {y0:g}L{x1:g} {y1:g}")
        last = (x1, y1)
    return "".join(parts)


def area_path(outlines: Outlines, areas: IndexArray, view: View) -> str:
    """The outlines of some areas, corners nearer than half a pixel left out."""
    return "".join(
        _ring(outlines.lonlat[outlines.ring[r] : outlines.ring[r + 1]], view)
        for a in areas.tolist()
        for r in range(outlines.polygon[outlines.area[a]], outlines.polygon[outlines.area[a + 1]])
    )


def _ring(lonlat: FloatArray, view: View) -> str:
    x, y = (np.round(2 * v) / 2 for v in view.xy(lonlat[:, 1], lonlat[:, 0]))
    new = np.append(True, (np.diff(x) != 0) | (np.diff(y) != 0))
    x, y = x[new], y[new]
    if len(x) < 3 or x.max() < 0 or x.min() > WIDTH or y.max() < 0 or y.min() > HEIGHT:
        return ""
    return "M" + "L".join(f"{a:g} {b:g}" for a, b in zip(x.tolist(), y.tolist(), strict=True)) + "z"
