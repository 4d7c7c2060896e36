"""A chart as SVG: no library, no script, readable in any browser and mail program."""

from collections.abc import Callable, Iterator
from html import escape

from msgspec import Struct

from shipway.reports.chart import (
    Chart,
    Line,
    Panel,
    labels,
    part_of,
    said,
    span,
    ticks,
    time_said,
    time_ticks,
)

WIDTH, PANEL_HEIGHT = 860, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 168, 40, 34
FONT = "font-family='system-ui, sans-serif' font-size='12'"
LABEL_HEIGHT = 15


class _Frame(Struct, frozen=True, kw_only=True):
    """Where values lie on the sheet."""

    x: Callable[[float], float]
    y: Callable[[float], float]
    top: float
    low: float
    high: float


def drawn(chart: Chart) -> str:
    """The whole picture."""
    height = PANEL_HEIGHT * len(chart.panels)
    parts = [part for number, panel in enumerate(chart.panels) for part in _panel(panel, number, chart.seconds)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>'
    names = f"<title>{escape(chart.title)}</title><desc>{escape(chart.subtitle)}</desc>"
    return "\n".join([head, names, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>"])


def _panel(panel: Panel, number: int, seconds: float) -> Iterator[str]:
    frame = _frame(panel, PANEL_HEIGHT * number, seconds)
    yield f'<text x="{LEFT}" y="{frame.top + 22}" font-weight="bold" fill="#222">{escape(panel.title)}</text>'
    yield from _axes(panel, frame, seconds)
    for band in panel.bands:
        there = [(at, high) for at, _, high in band.points]
        back = [(at, low) for at, low, _ in reversed(band.points)]
        yield f'<polygon points="{_points([*there, *back], frame)}" fill="{band.colour}" fill-opacity="0.18"/>'
    if panel.level is not None:
        y = frame.y(panel.level)
        yield _across(y, 'stroke="#222" stroke-dasharray="2 3"')
    yield from (_line(line, frame) for line in panel.lines if line.points)
    yield from _names(panel, frame)


def _frame(panel: Panel, top: float, seconds: float) -> _Frame:
    low, high = span(panel.values)
    wide, tall = WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return top + TOP + tall * (1.0 - part_of(value, low, high))

    return _Frame(x=lambda at: LEFT + wide * at / seconds, y=y, top=top, low=low, high=high)


def _axes(panel: Panel, frame: _Frame, seconds: float) -> Iterator[str]:
    bottom = frame.top + PANEL_HEIGHT - BOTTOM
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        yield _across(y, 'stroke="#e3e3e3"')
        label = escape(said(value, panel.unit))
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{label}</text>'
    for at in time_ticks(seconds):
        x = frame.x(at)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}" stroke="#999"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#555">{time_said(at)}</text>'
    yield _across(bottom, 'stroke="#999"')


def _across(y: float, style: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" {style}/>'


def _points(points: list[tuple[float, float]], frame: _Frame) -> str:
    return " ".join(f"{frame.x(at):.1f},{frame.y(value):.1f}" for at, value in points)


def _line(line: Line, frame: _Frame) -> str:
    dash = ' stroke-dasharray="6 4"' if line.is_dashed else ""
    style = f'stroke-width="{2.4 if line.is_strong else 1.4}" stroke-linejoin="round"'
    points = _points(list(line.points), frame)
    return f'<polyline points="{points}" fill="none" stroke="{line.colour}" {style}{dash}/>'


def _names(panel: Panel, frame: _Frame) -> Iterator[str]:
    """Beside the end of each curve."""
    tall = PANEL_HEIGHT - TOP - BOTTOM
    for label in labels(panel, frame.low, frame.high, gap=LABEL_HEIGHT / tall):
        y = frame.top + TOP + tall * (1.0 - label.part)
        yield f'<text x="{WIDTH - RIGHT + 8}" y="{y + 4:.1f}" fill="{label.colour}">{escape(label.name)}</text>'
