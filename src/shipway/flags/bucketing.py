"""Where a user stands on a flag's line from 0 to 100%: xxHash64 of the user's key, modulo the total.

A flag of its own cohort seeds the hash with its name, so that flags are independent of each other. The release's
cohort has the seed 0: it is then the place that Envoy gives to the same value of a cookie or header.
"""

from collections.abc import Callable
from math import isfinite, log

from xxhash import xxh64_intdigest

from shipway.model.share import TOTAL, Share

RELEASE_SEED = 0
HASH_MAX = float(2**64)

Key = Callable[[object], "bytes | None"]


def seed_of(name: str) -> int:
    """The seed of a flag, a group or a holdout: its name, hashed."""
    return xxh64_intdigest(name.encode("utf-8", "surrogatepass"))


def key_of(value: object) -> bytes | None:
    """What is hashed of a user: the text of the value, so that 123, 123.0 and "123" are one user.

    None for what names nobody: nothing, an empty text, infinities and NaN.
    """
    match value:
        case str():
            return value.encode("utf-8", "surrogatepass") or None
        case bool():
            return b"true" if value else b"false"
        case int():
            return b"%d" % value
        case float():
            return _key_of_float(value)
        case bytes():
            return value or None
        case None:
            return None
        case _:
            return str(value).encode("utf-8", "surrogatepass") or None


def _key_of_float(value: float) -> bytes | None:
    if not isfinite(value):
        return None
    return b"%d" % int(value) if value.is_integer() else repr(value).encode()


def bucket(key: bytes, seed: int) -> Share:
    """0 to 99,999."""
    return Share(xxh64_intdigest(key, seed) % TOTAL)


def distance(key: bytes, seed: int, weight: float) -> float:
    """Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): a user takes the variant that is nearest.

    A variant that gains weight only gains users, one that loses weight only loses some, and all others stay.
    """
    return -log((xxh64_intdigest(key, seed) + 0.5) / HASH_MAX) / weight
