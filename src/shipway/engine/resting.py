"""Records A/A windows of a service at rest, so that the guard of a later release knows how its errors cluster.

Only at rest: during a release replicas come and go, and a bad candidate can hurt the stable version through all
that both share; the guard must not learn from that what it may accept. A window that is broken off, by a release,
a missing replica, or a time without a controller, is forgotten: what is kept is whole.
"""

import math
import struct
import zlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.engine import resting_latency
from shipway.engine.resting_latency import Timing
from shipway.engine.state import ServiceState
from shipway.engine.world import is_given_up
from shipway.model.aa_window import GROUPS, HALF, ONE, REST, AAWindow
from shipway.model.observed import Observed
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.slow_window import SlowWindow
from shipway.ports.journal import Journal

BIN_SECONDS = 10.0
"""As often as a resting service is looked at anyway; a burst of 15 s fills two bins."""
BINS = 180
WINDOW_SECONDS = BINS * BIN_SECONDS
WINDOWS_MAX = 336
"""A week of half hours; the oldest go."""
AGE_SECONDS_MAX = 8 * 86_400.0
REQUESTS_MIN = 100
"""A window with fewer says nothing, and is not worth a write."""
BINS_LATE_MAX = 3
"""A look that is later breaks the window off; what an earlier one counts is taken for one bin's, which can only
make errors look more clustered."""
RETRY_SECONDS = 60.0
SETTLE_SECONDS = 60.0
"""After a release its traces are waited out."""
BYTES_MAX = 1_000_000
"""Of one window; it has a few hundred."""

ROW = struct.Struct(f"<{2 * GROUPS}I")
"""One bin: requests of each group, then errors of each. Packed, because ten thousand services may rest at once."""
COUNT_MAX = 2**32 - 1
NOTHING = bytes(ROW.size)


class UnderWay(Struct, frozen=True, kw_only=True):
    """The window that is being recorded. It is in memory alone: a controller that ends loses half an hour."""

    revision: RevisionId
    start: float
    at: float
    before: Sample
    """By replica."""
    groups: Mapping[str, int]
    rows: bytes = b""
    timing: Timing | None = None
    """Its slow requests, where replicas are timed."""

    @property
    def bins(self) -> tuple[tuple[int, ...], ...]:
        """Those that are over."""
        return tuple(ROW.iter_unpack(self.rows))

    @property
    def is_whole(self) -> bool:
        """Whether all of them are."""
        return len(self.rows) >= BINS * ROW.size


def is_at_rest(state: ServiceState, observed: Observed, now: float) -> bool:
    """Whether the stable version is alone, whole, and has been for a while."""
    if state.run or state.proven is None or state.is_down or state.pending or observed.fleet is None:
        return False
    found = [one for one in observed.fleet.replicas if not is_given_up(one)]
    ready = [one for one in found if one.ready and one.draining_since is None]
    is_whole = len(ready) == len(found) >= max(2, state.replicas)
    is_alone = all(one.revision == state.proven for one in ready)
    ended = state.past[-1].ended_at if state.past else 0.0
    since = max([ended, *(one.ready_since or 0.0 for one in ready)])
    return is_whole and is_alone and now - since >= SETTLE_SECONDS


def is_due(under_way: UnderWay | None, now: float, *, told_nothing_at: float = -math.inf) -> bool:
    """Whether a bin is over; a source that did not tell replicas apart is asked again after a while only."""
    if under_way is None:
        return not 0.0 <= now - told_nothing_at < RETRY_SECONDS
    return not 0.0 <= now - under_way.at < 0.999 * BIN_SECONDS


def begun(sample: Sample, now: float) -> UnderWay | None:
    """A new window; none with a single replica, which has nothing to be compared with.

    Which replicas make an arm changes from window to window.
    """
    names = sorted(sample.series)
    if len(names) < 2:
        return None
    first = int(now // WINDOW_SECONDS) % len(names)
    order = names[first:] + names[:first]
    half = max(1, len(order) // 2)
    groups = {name: ONE if not place else HALF if place < half else REST for place, name in enumerate(order)}
    timing = resting_latency.begun(sample)
    return UnderWay(revision=sample.revision, start=now, at=now, before=sample, groups=groups, timing=timing)


def noted(under_way: UnderWay | None, sample: Sample, now: float) -> UnderWay | None:
    """With what was counted since the last look; a new window where this one cannot go on."""
    if under_way is None or under_way.revision != sample.revision or under_way.is_whole:
        return begun(sample, now)
    bins = round((now - under_way.at) / BIN_SECONDS)
    groups = _joined(under_way.groups, sample.series)
    if not 1 <= bins <= BINS_LATE_MAX or not {ONE, REST} <= set(groups.values()):
        return begun(sample, now)
    before = under_way.before
    rows = under_way.rows + _row(before.series, sample.series, groups) + NOTHING * (bins - 1)
    timing = resting_latency.noted(under_way.timing, before, sample, groups, bins=bins)
    return replace(under_way, at=now, before=sample, groups=groups, rows=rows, timing=timing)


def _joined(groups: Mapping[str, int], counts: Mapping[str, Counts]) -> dict[str, int]:
    """Who is gone leaves its group, who is new joins the smaller half."""
    found = {name: group for name, group in groups.items() if name in counts}
    for name in sorted(counts.keys() - found.keys()):
        rest = sum(group == REST for group in found.values())
        found[name] = REST if 2 * rest <= len(found) else HALF
    return found


def _row(before: Mapping[str, Counts], after: Mapping[str, Counts], groups: Mapping[str, int]) -> bytes:
    row = [0] * (2 * GROUPS)
    for name, now in after.items():
        then = before.get(name, now)  # what it counted before it was seen belongs into no bin
        if now.requests < then.requests or now.errors < then.errors:
            then = Counts()
        row[groups[name]] += now.requests - then.requests
        row[GROUPS + groups[name]] += now.errors - then.errors
    return ROW.pack(*(min(count, COUNT_MAX) for count in row))


def finished(under_way: UnderWay | None) -> AAWindow | None:
    """The window, once it is whole and in both arms something was asked."""
    if under_way is None or not under_way.is_whole:
        return None
    columns = tuple(zip(*under_way.bins[:BINS], strict=True))
    requests, errors = columns[:GROUPS], columns[GROUPS:]
    is_asked = sum(map(sum, requests)) >= REQUESTS_MIN and sum(requests[ONE]) and sum(requests[REST])
    if not is_asked:
        return None
    return AAWindow(
        start=under_way.start,
        revision=under_way.revision,
        bin_seconds=BIN_SECONDS,
        requests=requests,
        errors=errors,
    )


def finished_latency(under_way: UnderWay | None) -> SlowWindow | None:
    """Its slow requests, where the window is one that is kept and replicas were timed all along."""
    if under_way is None or under_way.timing is None or finished(under_way) is None:
        return None
    start, revision = under_way.start, under_way.revision
    return resting_latency.finished(under_way.timing, start, revision, bins=BINS, bin_seconds=BIN_SECONDS)


def key_of(service: str) -> str:
    """Checkpoints beside the service's own, so that who reads those does not read a week of windows."""
    return f"{service}/rest"


def slot_of(window: AAWindow) -> str:
    """Its place in a week; it takes that of the window of a week ago."""
    return f"{int(window.start // WINDOW_SECONDS) % WINDOWS_MAX:03}"


def encoded(window: AAWindow) -> bytes:
    """One window, written as a whole."""
    return zlib.compress(msgspec.msgpack.encode(window))


async def keep(journal: Journal, service: str, window: AAWindow) -> None:
    """One small write in half an hour."""
    await journal.keep(key_of(service), slot_of(window), encoded(window))


async def keep_latency(journal: Journal, service: str, window: SlowWindow) -> None:
    """One more, of some ten times its bytes."""
    slot = resting_latency.slot_of(window, window_seconds=WINDOW_SECONDS)
    await journal.keep(resting_latency.key_of(service), slot, resting_latency.encoded(window))


def decoded(kept: Mapping[str, bytes], *, now: float) -> tuple[AAWindow, ...]:
    """In order of time; without what is too old, or was written by another version of Shipway."""
    found = [window for value in kept.values() if (window := _decoded(value)) is not None]
    return tuple(
        sorted(
            (one for one in found if 0.0 <= now - one.start <= AGE_SECONDS_MAX), key=lambda window: window.start
        )
    )


def _decoded(value: bytes) -> AAWindow | None:
    try:
        window = msgspec.msgpack.decode(zlib.decompressobj().decompress(value, BYTES_MAX), type=AAWindow)
    except (zlib.error, msgspec.DecodeError):
        return None
    lengths = {len(bins) for bins in (*window.requests, *window.errors)}
    is_ours = window.bin_seconds == BIN_SECONDS and lengths == {BINS}
    return window if is_ours and len(window.requests) == len(window.errors) == GROUPS else None
