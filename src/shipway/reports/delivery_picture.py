"""The figures of a period as SVG: deployments by week, lead times and times to restore, over one axis of days."""

import time
from collections.abc import Iterator, Sequence
from html import escape

from shipway.reports.chart import CANDIDATE, INK, MUTED, STABLE, part_of, span, ticks
from shipway.reports.delivery import DAY, HOUR, MINUTE, WEEK, Delivery, Deployment

WIDTH, PANEL = 860, 190
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 40, 30
FONT = "font-family='system-ui, sans-serif' font-size='12'"
BARS_MAX = 60
"""A longer period has wider bars than a week."""
GRID, AXIS = "#e3e3e3", "#999999"

Dot = tuple[float, float, bool]
"""When, how many seconds, and whether it failed."""


def drawn(found: Delivery) -> str:
    """The whole picture."""
    lead = [_dot(one, _middle(one.leads), one.reached_at) for one in found.shipped if one.leads]
    restored = [_dot(one, one.restored_in, one.began_at) for one in found.failed if one.restored_in is not None]
    parts = [
        *_bars(found, 0),
        *_dots(found, 1, "lead time: from a commit to all users, by deployment", lead),
        *_dots(found, 2, "time to restore: until no user was on the bad version", restored),
    ]
    title = f"{found.service}: deliveries from {_day(found.since_at)} to {_day(found.until_at)}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {3 * PANEL}" role="img" {FONT}>'
    names = f"<title>{escape(title)}</title>"
    return "\n".join([head, names, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>"])


def _dot(one: Deployment, seconds: float | None, at: float | None) -> Dot:
    return (at or one.began_at, max(0.1, seconds or 0.0), one.failed)


def _middle(seconds: Sequence[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


def _x(found: Delivery, at: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (at - found.since_at) / max(1.0, found.until_at - found.since_at)


def _head(found: Delivery, number: int, title: str) -> Iterator[str]:
    """A panel's title, its axis, and days below it."""
    top, bottom = PANEL * number, PANEL * (number + 1) - BOTTOM
    yield f'<text x="{LEFT}" y="{top + 22}" font-weight="bold" fill="{INK}">{escape(title)}</text>'
    yield _across(bottom, AXIS)
    for part in range(5):
        at = found.since_at + (found.until_at - found.since_at) * part / 4
        anchor = "start" if part == 0 else "end" if part == 4 else "middle"
        yield _text(_x(found, at), bottom + 18, _day(at), anchor=anchor)


def _bars(found: Delivery, number: int) -> Iterator[str]:
    """How many were shipped in each week, and below them in orange how many of those or others failed."""
    wide = WEEK * max(1, -(-(found.until_at - found.since_at) // (WEEK * BARS_MAX)))
    weeks = int(-(-max(1.0, found.until_at - found.since_at) // wide))
    counts = [[0, 0] for _ in range(weeks)]
    for one in found.deployments:
        counts[min(weeks - 1, int((one.began_at - found.since_at) // wide))][one.failed] += 1
    most = max(sum(count) for count in counts) or 1
    yield from _head(found, number, f"deployments by {'week' if wide == WEEK else f'{wide / WEEK:g} weeks'}")
    bottom, tall = PANEL * (number + 1) - BOTTOM, PANEL - TOP - BOTTOM
    yield _text(LEFT - 8, bottom - tall + 4, str(most), anchor="end")
    yield _text(WIDTH - RIGHT, PANEL * number + 22, "■ shipped", colour=STABLE, anchor="end")
    yield _text(WIDTH - RIGHT - 90, PANEL * number + 22, "■ taken back", colour=CANDIDATE, anchor="end")
    for week, (fine, failed) in enumerate(counts):
        left, right = (_x(found, min(found.until_at, found.since_at + wide * part)) for part in (week, week + 1))
        bad = tall * failed / most
        yield _rect((left, right), bottom - bad, bad, CANDIDATE)
        yield _rect((left, right), bottom - bad - tall * fine / most, tall * fine / most, STABLE)


def _dots(found: Delivery, number: int, title: str, dots: Sequence[Dot]) -> Iterator[str]:
    yield from _head(found, number, title)
    bottom, tall = PANEL * (number + 1) - BOTTOM, PANEL - TOP - BOTTOM
    if not dots:
        yield _text(LEFT, bottom - tall / 2, "none is known in this period")
        return
    low, high = span([seconds for _, seconds, _ in dots])
    for value in _round(low, high):
        y = bottom - tall * part_of(value, low, high)
        yield _across(y, GRID)
        yield _text(LEFT - 8, y + 4, _said(value), anchor="end")
    for at, seconds, failed in dots:
        y, colour = bottom - tall * part_of(seconds, low, high), CANDIDATE if failed else STABLE
        yield f'<circle cx="{_x(found, at):.1f}" cy="{y:.1f}" r="3.5" fill="{colour}" fill-opacity="0.75"/>'


def _round(low: float, high: float) -> list[float]:
    """Levels that people say: minutes, hours and days above a minute."""
    levels = [1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, WEEK, 4 * WEEK, 26 * WEEK]
    return [value for value in levels if low <= value <= high] or ticks(low, high)


def _said(seconds: float) -> str:
    for unit, size in (("weeks", WEEK), ("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}".replace("1 weeks", "1 week")
    return f"{seconds:g} s"


def _rect(sides: tuple[float, float], y: float, tall: float, colour: str) -> str:
    wide = max(0.5, sides[1] - sides[0] - 2)
    return f'<rect x="{sides[0] + 1:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _across(y: float, colour: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, said: str, *, colour: str = MUTED, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(said)}</text>'


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))
