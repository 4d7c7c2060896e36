"""Eight threads that ask while a thousand flags are read anew and swapped, beside eight that ask while a ninth
thread only computes: threads of Python wait for each other in any case, and a lock would show as the difference.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from msgspec import Struct

from benchmarks.reference import reference_seconds
from shipway.flags import FeatureFlags

THREADS = 8
SECONDS = 2.0
ROUNDS = 5


class Swaps(Struct, frozen=True, kw_only=True):
    """The slowest question of all threads in a round, in milliseconds; medians over rounds."""

    while_swapping_ms: float
    while_computing_ms: float
    swaps: int
    """In all rounds."""


def swaps_of(text: str) -> Swaps:
    """Ask of flags that are written as this text, whose first is `flag-0`."""
    flags = FeatureFlags.of(text)
    count = 0

    def swap() -> None:
        nonlocal count
        (flags.kill if count % 2 == 0 else flags.restore)("flag-0")
        count += 1

    pairs = [(_slowest(flags, reference_seconds), _slowest(flags, swap)) for _ in range(ROUNDS)]
    return Swaps(
        while_computing_ms=median(computing for computing, _ in pairs),
        while_swapping_ms=median(swapping for _, swapping in pairs),
        swaps=count,
    )


def _slowest(flags: FeatureFlags, work: Callable[[], object]) -> float:
    deadline = time.monotonic() + SECONDS
    with _asking(flags) as slowest:
        while time.monotonic() < deadline:
            work()
    return max(slowest) * 1000


@contextmanager
def _asking(flags: FeatureFlags) -> Iterator[list[float]]:
    ended, slowest = threading.Event(), [0.0] * THREADS

    def ask(number: int) -> None:
        while not ended.is_set():
            began = time.perf_counter()
            flags.is_enabled("flag-1", user_id=number)
            slowest[number] = max(slowest[number], time.perf_counter() - began)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield slowest
    finally:
        ended.set()
        for thread in threads:
            thread.join()
