"""How many different users there were, in a kilobyte, without saying who: HyperLogLog.

A user raises one of 1,024 registers to how rare the hash is. Registers of several processes and days are joined by
taking the higher ones, so that a user whom two of them have seen is counted once. The estimate is Ertl's ("New
cardinality estimation algorithms for HyperLogLog sketches", 2017, section 4), whose standard error is
1.04 / sqrt(1,024), 3%; few users are counted almost exactly.
"""

import base64
import binascii
import zlib
from math import inf, log, sqrt

from xxhash import xxh64_intdigest

BITS = 10
REGISTERS = 1 << BITS
RANK_MAX = 64 - BITS + 1
SEED = 0x5A17
"""Of its own, so that places in flags say nothing about registers."""
MASK = REGISTERS - 1
NOBODY = bytes(REGISTERS)


def add(registers: bytearray, key: bytes) -> None:
    """Somebody with this key."""
    found = xxh64_intdigest(key, SEED)
    rank = RANK_MAX - (found >> BITS).bit_length()
    if registers[found & MASK] < rank:
        registers[found & MASK] = rank


def joined(one: bytes, other: bytes) -> bytes:
    """All users of both."""
    return bytes(map(max, one, other))


def estimate(registers: bytes) -> int:
    """About how many users."""
    counts = [0] * (RANK_MAX + 1)
    for rank in registers:
        counts[rank] += 1
    total = REGISTERS * _tau(1 - counts[RANK_MAX] / REGISTERS)
    for rank in range(RANK_MAX - 1, 0, -1):
        total = (total + counts[rank]) / 2
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return round(REGISTERS * REGISTERS / (2 * log(2) * total))


def packed(registers: bytes) -> str:
    """As a text of JSON."""
    return base64.b64encode(zlib.compress(registers, 1)).decode()


def unpacked(text: str) -> bytes:
    """Raises `ValueError` for what is no text of `packed`."""
    try:
        stream = zlib.decompressobj()
        found = stream.decompress(base64.b64decode(text, validate=True), REGISTERS + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError(str(error)) from error
    if len(found) != REGISTERS or max(found) > RANK_MAX:
        raise ValueError(f"these are not {REGISTERS} registers")
    return found


def _sigma(share: float) -> float:
    """Of registers that nobody raised."""
    if share == 1:
        return inf
    step, total, before = 1.0, share, -1.0
    while total != before:
        share, before = share * share, total
        total, step = total + share * step, 2 * step
    return total


def _tau(share: float) -> float:
    """Of registers that are as high as they get."""
    if share in (0, 1):
        return 0.0
    step, total, before = 1.0, 1 - share, -1.0
    while total != before:
        share, before, step = sqrt(share), total, step / 2
        total -= (1 - share) ** 2 * step
    return total / 3
