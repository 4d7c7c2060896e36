"""Records how many requests of a service at rest are slow, where its metrics time each replica by itself.

Beside the window of errors, with the same groups of replicas. At which bounds is chosen when a window begins, from
what the replicas have counted so far; a window whose buckets change is recorded without latency.
"""

import struct
import zlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.arms import Arm
from shipway.analysis.bounds import Level, chosen
from shipway.model.aa_window import GROUPS
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.slow_window import SlowLevel, SlowWindow

WINDOWS_MAX = 144
"""Three days of half hours: a window has some ten times the bytes of one of errors."""
BYTES_MAX = 4_000_000
COUNT_MAX = 2**32 - 1


class Timing(Struct, frozen=True, kw_only=True):
    """Of the window under way."""

    bounds: tuple[float, ...]
    levels: tuple[SlowLevel, ...]
    rows: tuple[bytes, ...] = ()
    """By bin, packed: timed requests of each group, then those slower than each bound."""


def begun(sample: Sample) -> Timing | None:
    """None where replicas are not timed, or too little to choose a bound."""
    arm = _together(sample)
    levels = chosen(arm, arm.bounds_seconds, (), since=(0, 0)) if arm.buckets else ()
    if not levels:
        return None
    bounds = tuple(
        sorted({bound for level in levels for bound in (level.stable, *level.worse) if bound is not None})
    )
    return Timing(bounds=bounds, levels=tuple(_placed(level, bounds) for level in levels))


def _together(sample: Sample) -> Arm:
    timed = [counts for counts in sample.series.values() if counts.buckets]
    buckets = tuple(map(sum, zip(*(counts.buckets for counts in timed), strict=True)))
    return Arm(timed=sum(map(_timed, timed)), buckets=buckets, bounds_seconds=sample.bounds_seconds)


def _placed(level: Level, bounds: tuple[float, ...]) -> SlowLevel:
    worse = tuple(None if bound is None else bounds.index(bound) for bound in level.worse)
    return SlowLevel(level.target, level.share, bounds.index(level.stable), worse)


def noted(
    timing: Timing | None, before: Sample, after: Sample, groups: Mapping[str, int], *, bins: int
) -> Timing | None:
    """With what came between two looks, as the first of so many bins; none once its bounds are not counted."""
    if timing is None or not set(timing.bounds) <= set(before.bounds_seconds) & set(after.bounds_seconds):
        return None
    width = 1 + len(timing.bounds)
    row = [0] * (GROUPS * width)
    for name in after.series.keys() & before.series.keys():
        start = groups[name] * width
        then, now = (_slow(sample.series[name], sample, timing.bounds) for sample in (before, after))
        found = _grown(then, now)
        row[start : start + width] = map(int.__add__, row[start : start + width], found)
    empty = (_packed([0] * len(row)),) * (bins - 1)
    return replace(timing, rows=(*timing.rows, _packed(row), *empty))


def _slow(counts: Counts, sample: Sample, bounds: tuple[float, ...]) -> list[int]:
    """Timed requests, and those over each bound."""
    if not counts.buckets:
        return [0] * (1 + len(bounds))
    places = [sample.bounds_seconds.index(bound) for bound in bounds]
    return [_timed(counts), *(max(0, _timed(counts) - counts.buckets[place]) for place in places)]


def _timed(counts: Counts) -> int:
    return counts.requests if counts.timed is None else counts.timed


def _grown(before: list[int], after: list[int]) -> list[int]:
    """A replica of which any count fell has begun anew."""
    is_anew = any(now < then for then, now in zip(before, after, strict=True))
    return after if is_anew else [now - then for then, now in zip(before, after, strict=True)]


def _packed(row: list[int]) -> bytes:
    return zlib.compress(struct.pack(f"<{len(row)}I", *(min(count, COUNT_MAX) for count in row)), 1)


def finished(timing: Timing, start: float, revision: RevisionId, *, bins: int, bin_seconds: float) -> SlowWindow:
    """The window of so many bins."""
    width = 1 + len(timing.bounds)
    rows = [struct.unpack(f"<{GROUPS * width}I", zlib.decompress(row)) for row in timing.rows[:bins]]
    columns = tuple(zip(*rows, strict=True))
    return SlowWindow(
        start=start,
        revision=revision,
        bin_seconds=bin_seconds,
        bounds_seconds=timing.bounds,
        levels=timing.levels,
        timed=tuple(columns[group * width] for group in range(GROUPS)),
        slow=tuple(
            tuple(columns[group * width + 1 + place] for group in range(GROUPS))
            for place in range(len(timing.bounds))
        ),
    )


def key_of(service: str) -> str:
    """Beside the windows of errors, which are read without them."""
    return f"{service}/rest-latency"


def slot_of(window: SlowWindow, *, window_seconds: float) -> str:
    """Its place in three days; it takes that of the window of three days ago."""
    return f"{int(window.start // window_seconds) % WINDOWS_MAX:03}"


def encoded(window: SlowWindow) -> bytes:
    """One window, written as a whole."""
    return zlib.compress(msgspec.msgpack.encode(window))


def decoded(kept: Mapping[str, bytes], *, now: float, age_seconds: float) -> tuple[SlowWindow, ...]:
    """In order of time; without what is older, or was written by another version of Shipway."""
    found = [window for value in kept.values() if (window := _decoded(value)) is not None]
    young = [window for window in found if 0.0 <= now - window.start <= age_seconds]
    return tuple(sorted(young, key=lambda window: window.start))


def _decoded(value: bytes) -> SlowWindow | None:
    try:
        window = msgspec.msgpack.decode(zlib.decompressobj().decompress(value, BYTES_MAX), type=SlowWindow)
    except (zlib.error, msgspec.DecodeError):
        return None
    lengths = {len(bins) for groups in (window.timed, *window.slow) for bins in groups}
    is_whole = len(lengths) == 1 and all(len(groups) == GROUPS for groups in (window.timed, *window.slow))
    places = [place for level in window.levels for place in (level.stable, *level.worse) if place is not None]
    return window if is_whole and all(0 <= place < len(window.slow) for place in places) else None
