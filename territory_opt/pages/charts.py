"""Charts of the leaders' report as SVG; every text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from territory_opt.travel.place import FloatArray

_WIDE, _LEFT, _RIGHT = 430, 74, 16


def index_strip(
    today: FloatArray,
    plan: FloatArray,
    band: tuple[float, float],
    words: tuple[str, str],
    ticks: Sequence[tuple[float, str]],
) -> str:
    """A stroke a rep at its index, today above and the plan below, on the band.

    band: its limits as indexes, infinite where there is none. words: what the two rows are called. ticks:
    marks of the axis, and their texts.
    """
    low, high = ticks[0][0], ticks[-1][0]

    def x(index: float) -> float:
        at = (min(max(index, low), high) - low) / max(high - low, 1e-9)
        return _LEFT + at * (_WIDE - _LEFT - _RIGHT)

    left, right = x(band[0]), x(band[1])
    parts = [f'<rect class="band" x="{left:.1f}" y="6" width="{right - left:.1f}" height="64"/>']
    parts.append(f'<path class="target" d="M{x(1.0):.1f} 6V70"/>')
    for row, (word, index, kind) in enumerate(zip(words, (today, plan), ("before", "after"), strict=True)):
        y = 12 + 30 * row
        strokes = "".join(f"M{x(v):.1f} {y}v22" for v in np.sort(index[np.isfinite(index)]).tolist())
        parts.append(f'<path class="stroke {kind}" d="{strokes}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(word)}</text>')
    for value, text in ticks:
        parts.append(
            f'<text class="tick" x="{x(value):.1f}" y="86" text-anchor="middle">{escape(text)}</text>'
        )
    return _svg("strip", _WIDE, 92, parts)


def lorenz(curves: Sequence[tuple[str, FloatArray, FloatArray, str]], axes: tuple[str, str]) -> str:
    """Lorenz curves (style, share of reps, share of what they hold, legend) against equality."""
    size, pad = 250, 34
    parts = [f'<path class="axis" d="M{pad} 6V{size - pad}H{size - 6}"/>']
    parts.append(f'<path class="equal" d="M{pad} {size - pad}L{size - 6} 6"/>')
    side = size - pad - 6
    for i, (kind, reps, held, legend) in enumerate(curves):
        step = max(1, len(reps) // 200)
        xs, ys = np.append(reps[::step], reps[-1]), np.append(held[::step], held[-1])
        points = " ".join(
            f"{pad + a * side:.1f},{size - pad - b * side:.1f}" for a, b in zip(xs, ys, strict=True)
        )
        parts.append(f'<polyline class="curve {kind}" points="{points}"/>')
        y = 20 + 16 * i
        parts.append(f'<path class="curve {kind}" d="M{pad + 10} {y - 4}h18"/>')
        parts.append(f'<text x="{pad + 34}" y="{y}">{escape(legend)}</text>')
    parts += _named(axes, (size + pad) / 2, size - 12, 14, size / 2)
    return _svg("lorenz", size, size, parts)


def scatter(x: FloatArray, y: FloatArray, circled: Sequence[bool], axes: tuple[str, str]) -> str:
    """Numbered points, money against money."""
    wide, high, pad = 460, 250, 40
    parts = [f'<path class="axis" d="M{pad} 6V{high - pad}H{wide - 6}"/>']
    xs = pad + 24 + _unit(x) * (wide - pad - 60)
    ys = high - pad - 20 - _unit(y) * (high - pad - 46)
    for i, (a, b, knee) in enumerate(zip(xs.tolist(), ys.tolist(), circled, strict=True), start=1):
        if knee:
            parts.append(f'<circle class="knee" cx="{a:.1f}" cy="{b:.1f}" r="11"/>')
        parts.append(f'<circle class="point" cx="{a:.1f}" cy="{b:.1f}" r="5"/>')
        parts.append(f'<text x="{a + 9:.1f}" y="{b - 7:.1f}">{i}</text>')
    parts += _named(axes, wide / 2, high - 14, 16, high / 2 - 10)
    return _svg("scatter", wide, high, parts)


def _named(axes: tuple[str, str], x: float, below: float, left: float, y: float) -> Iterator[str]:
    """The names of the two axes."""
    turned = f'transform="rotate(-90 {left} {y})"'
    yield f'<text class="tick" x="{x}" y="{below}" text-anchor="middle">{escape(axes[0])}</text>'
    yield f'<text class="tick" x="{left}" y="{y}" text-anchor="middle" {turned}>{escape(axes[1])}</text>'


def _unit(values: FloatArray) -> FloatArray:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.full(len(values), 0.5)


def _svg(kind: str, width: int, height: int, parts: Sequence[str]) -> str:
    return f'<svg class="chart {kind}" viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'
