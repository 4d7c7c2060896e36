"""A picture as values: panels over one axis of time. Drawn as SVG by `svg`, as PNG by `png`."""

import math

from msgspec import Struct

Point = tuple[float, float]
STABLE, CANDIDATE, INK, MUTED = "#3266ad", "#c2570c", "#333333", "#6b6b6b"
"""Blue and orange: told apart by everybody, and on paper by their dashes."""


class Line(Struct, frozen=True, kw_only=True):
    """One curve; a gap in it is where its points are none."""

    name: str
    colour: str
    points: tuple[Point, ...]
    is_dashed: bool = False
    is_strong: bool = False


class Band(Struct, frozen=True, kw_only=True):
    """What lies between two curves: instants, lower and upper values."""

    name: str
    colour: str
    points: tuple[tuple[float, float, float], ...]


class Panel(Struct, frozen=True, kw_only=True):
    """One plot. Values are on a logarithmic axis."""

    title: str
    unit: str
    lines: tuple[Line, ...] = ()
    bands: tuple[Band, ...] = ()
    level: float | None = None
    """A value that everything is held against, such as 1 for a ratio."""
    level_name: str = ""
    window: tuple[float, float] | None = None
    """What the axis shows at most; the rest is drawn at its edge."""

    @property
    def values(self) -> list[float]:
        """All that must fit."""
        found = [value for line in self.lines for _, value in line.points]
        found += [value for band in self.bands for _, *pair in band.points for value in pair]
        found += [self.level] if self.level is not None else []
        low, high = self.window or (0.0, math.inf)
        return [min(max(value, low), high) for value in found]


class Chart(Struct, frozen=True, kw_only=True):
    """All of it."""

    title: str
    subtitle: str
    seconds: float
    panels: tuple[Panel, ...]


class Label(Struct, frozen=True, order=True):
    """A name beside the end of its curve; how high it stands is a part of the panel's height."""

    part: float
    name: str
    colour: str


def labels(panel: Panel, low: float, high: float, *, gap: float) -> list[Label]:
    """From the top down, moved apart where they would cover each other: `gap` is a line's part of the height."""
    found = [(line.points[-1][1], line.name, line.colour) for line in panel.lines if line.points]
    for band in panel.bands:
        if band.points:
            found.append((band.points[-1][2], band.name, band.colour))
    if panel.level is not None and panel.level_name:
        found.append((panel.level, panel.level_name, MUTED))
    placed: list[Label] = []
    for label in sorted((Label(part_of(value, low, high), *named) for value, *named in found), reverse=True):
        part = min(label.part, placed[-1].part - gap) if placed else label.part
        placed.append(Label(part, label.name, label.colour))
    return placed


def part_of(value: float, low: float, high: float) -> float:
    """How high a value stands on a logarithmic axis: 0 at its low end, 1 at its high end."""
    return math.log(min(max(value, low), high) / low) / math.log(high / low)


def span(values: list[float]) -> tuple[float, float]:
    """The ends of a logarithmic axis: a little more than the values, at least a factor of four."""
    found = [value for value in values if value > 0.0] or [1.0]
    low, high = min(found) / 1.15, max(found) * 1.15
    if high / low < 4.0:
        middle = math.sqrt(low * high)
        low, high = middle / 2.0, middle * 2.0
    return low, high


def ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten; fewer where there would be many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1.0, 2.0, 5.0) if high / low < 300.0 else (1.0,)
    return [digit * 10.0**power for power in powers for digit in digits if low <= digit * 10.0**power <= high]


def time_ticks(seconds: float) -> list[float]:
    """About six instants at round distances."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
    step = next((step for step in steps if seconds / step <= 7), 86400 * math.ceil(seconds / 86400 / 7))
    return [float(number * step) for number in range(math.floor(seconds / step) + 1)]


def said(value: float, unit: str) -> str:
    """A tick's label: `2x`, `50 ms`, `1.5 s`."""
    if unit == "x":
        return f"{value:g}×"
    return f"{1000 * value:g} ms" if value < 1.0 else f"{value:g} s"


def time_said(seconds: float) -> str:
    """`90 s`, `15 min`, `2 h`."""
    if not seconds or (seconds < 120 and seconds % 60):
        return f"{seconds:g} s" if seconds else "0"
    return f"{seconds / 60:g} min" if seconds < 7200 else f"{seconds / 3600:g} h"
