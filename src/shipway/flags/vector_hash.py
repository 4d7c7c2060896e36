"""xxHash64 of many short keys at once (the algorithm for inputs below 32 bytes, xxhash.com/doc/v0.8.3).

Keys of one length are hashed together, a step for all of them before the next step.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
LENGTH_MAX = 31
P1, P2, P3, P4, P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
POWERS = np.array([10**digits for digits in range(1, 19)], dtype=np.uint64)
ZERO = np.uint8(ord("0"))


def hashes(keys: Bytes, seed: int) -> Hashes:
    """Of each row of bytes; all of the same length, which is at most `LENGTH_MAX`."""
    count, length = keys.shape
    start = (seed + int(P5) + length) % 2**64
    found = np.full(count, start, dtype=np.uint64)
    at = 0
    for _ in range(length // 8):
        lane = np.ascontiguousarray(keys[:, at : at + 8]).view("<u8").ravel()
        found = _turned(found ^ (_turned(lane * P2, 31) * P1), 27) * P1 + P4
        at += 8
    if length - at >= 4:
        half = np.ascontiguousarray(keys[:, at : at + 4]).view("<u4").ravel().astype(np.uint64)
        found = _turned(found ^ (half * P1), 23) * P2 + P3
        at += 4
    for place in range(at, length):
        found = _turned(found ^ (keys[:, place].astype(np.uint64) * P5), 11) * P1
    return _mixed(found)


def _turned(values: Hashes, bits: int) -> Hashes:
    return (values << np.uint64(bits)) | (values >> np.uint64(64 - bits))


def _mixed(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(33))) * P2
    values = (values ^ (values >> np.uint64(29))) * P3
    return values ^ (values >> np.uint64(32))


def by_length(texts: NDArray[np.bytes_]) -> Iterator[tuple[NDArray[np.intp], Bytes]]:
    """Which keys have the same length, and these as rows of bytes."""
    width = texts.dtype.itemsize
    rows = np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), width)
    lengths = np.char.str_len(texts)
    for length in np.flatnonzero(np.bincount(lengths)):
        places = np.flatnonzero(lengths == length)
        yield places, rows[places, : int(length)]


def digits(numbers: NDArray[np.uint64]) -> Iterator[tuple[NDArray[np.intp], Bytes]]:
    """As `by_length`, of the numbers as they are written in decimal; each below 10^18."""
    lengths = np.searchsorted(POWERS, numbers, side="right") + 1
    for length in np.flatnonzero(np.bincount(lengths)):
        places = np.flatnonzero(lengths == length)
        rest, rows = numbers[places], np.empty((len(places), int(length)), dtype=np.uint8)
        for column in range(int(length) - 1, -1, -1):
            above = rest // np.uint64(10)
            rows[:, column] = (rest - above * np.uint64(10)).astype(np.uint8) + ZERO
            rest = above
        yield places, rows
