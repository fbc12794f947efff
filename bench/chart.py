"""A bar chart of ratios on a logarithmic scale, as SVG that can be read on light and dark backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log2

WIDTH, LEFT, RIGHT = 760, 60, 90
BAR, GAP, TOP = 16, 14, 64

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: 600; }
.line { stroke: #d0d7de; } .one { stroke: #57606a; stroke-width: 1.5; } .range { stroke: #57606a; }
.s0 { fill: #1f7a5c; } .s1 { fill: #4f8fd9; } .s2 { fill: #c98a2b; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .line { stroke: #30363d; } .one, .range { stroke: #9198a1; }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio, with the least and greatest of the rounds."""

    group: str
    series: str
    value: float
    least: float
    most: float


def svg(bars: Sequence[Bar], title: str) -> str:
    """The chart: one group of bars under the other, one color a series, a line where both are equal."""
    series = list(dict.fromkeys(bar.series for bar in bars))
    groups = list(dict.fromkeys(bar.group for bar in bars))
    low = floor(log2(min([1.0, *(bar.least for bar in bars)])))
    high = max(low + 1, ceil(log2(max([1.0, *(bar.most for bar in bars)]))))
    height = TOP + len(bars) * BAR + len(groups) * GAP + 30

    def x(value: float) -> float:
        return LEFT + (log2(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    y: float = TOP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
    ]
    for number, name in enumerate(series):
        left = LEFT + number * 210
        parts.append(f'<rect class="s{number}" x="{left}" y="34" width="12" height="12"/>')
        parts.append(f'<text x="{left + 18}" y="45">{escape(name)}</text>')
    for power in range(low, high + 1):
        line = "one" if power == 0 else "line"
        at = x(2.0**power)
        parts.append(f'<line class="{line}" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 8}" y2="{height - 26}"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle">{2.0**power:g}×</text>')
    for group in groups:
        inside = [bar for bar in bars if bar.group == group]
        middle = y + len(inside) * BAR / 2 + 5
        parts.append(f'<text x="{LEFT - 12}" y="{middle:.1f}" text-anchor="end">{escape(group)}</text>')
        for bar in inside:
            parts += _bar(bar, series.index(bar.series), y, x(1), x(bar.value), x(bar.least), x(bar.most))
            y += BAR
        y += GAP
    return "\n".join([*parts, "</svg>", ""])


def _bar(bar: Bar, series: int, y: float, one: float, value: float, least: float, most: float) -> list[str]:
    left, right = min(one, value), max(one, value)
    middle = y + BAR / 2
    return [
        f'<rect class="s{series}" x="{left:.1f}" y="{y + 1:.1f}" width="{right - left:.1f}" height="{BAR - 3}"/>',
        f'<line class="range" x1="{least:.1f}" x2="{most:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>',
        f'<text x="{max(right, most) + 6:.1f}" y="{y + 12:.1f}">{bar.value:.2g}×</text>',
    ]
