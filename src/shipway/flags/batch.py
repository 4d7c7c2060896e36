"""One flag for many users at once. The answers are those of the closures; numpy only saves their calls."""

from collections.abc import Mapping
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

from shipway.flags.bucketing import key_of
from shipway.flags.evaluate import Evaluator, flag_seed
from shipway.flags.model import Flag
from shipway.model.share import TOTAL

Booleans = NDArray[np.bool_]
Columns = Mapping[str, object]


def are_enabled(evaluators: Mapping[str, Evaluator], key: str, columns: Columns) -> Booleans:
    """By user. Raises `KeyError` for an unknown flag, `ValueError` for columns of different lengths."""
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    if len({len(array) for array in arrays.values()}) != 1:
        raise ValueError("pass at least one array, all of the same length")
    evaluator = evaluators[key]
    by = evaluator.flag.rollout.by
    if by in arrays and is_by_share_alone(evaluator):
        return _by_share(evaluator.flag, arrays[by])
    rows = zip(*(array.tolist() for array in arrays.values()), strict=True)
    decide, names = evaluator.decide, tuple(arrays)
    return np.fromiter((decide(dict(zip(names, row, strict=True))).enabled for row in rows), dtype=np.bool_)


def is_by_share_alone(evaluator: Evaluator) -> bool:
    """Whether nothing but the user's place decides."""
    return evaluator.is_by_share_alone and 0 < evaluator.flag.rollout.share < TOTAL


def _by_share(flag: Flag, users: NDArray[np.generic]) -> Booleans:
    keys = _keys(users)
    if b"" in keys or None in keys:
        return _one_by_one(flag, keys)
    places = np.fromiter(map(xxh64_intdigest, keys, repeat(flag_seed(flag))), dtype=np.uint64, count=len(keys))
    return np.asarray(places % np.uint64(TOTAL) < np.uint64(flag.rollout.share))


def _one_by_one(flag: Flag, keys: list[bytes]) -> Booleans:
    """Where some have no key."""
    seed, share = flag_seed(flag), flag.rollout.share
    return np.array([bool(key) and xxh64_intdigest(key, seed) % TOTAL < share for key in keys], dtype=np.bool_)


def _keys(users: NDArray[np.generic]) -> list[bytes]:
    """What is hashed of each; empty where there is nothing."""
    match users.dtype.kind:
        case "S":
            found: list[bytes] = users.tolist()
            return found
        case "i" | "u":
            return [b"%d" % user for user in users.tolist()]
        case "U":
            return [user.encode("utf-8", "surrogatepass") for user in users.tolist()]
        case _:
            return [key_of(user) or b"" for user in users.tolist()]
