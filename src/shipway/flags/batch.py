"""One flag for many users at once. The answers are those of the closures; numpy only saves their calls."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from shipway.flags.bucketing import bucket, key_of
from shipway.flags.evaluate import Evaluator, flag_seed
from shipway.flags.model import Flag
from shipway.flags.vector_hash import LENGTH_MAX, POWERS, Bytes, by_length, digits, hashes
from shipway.model.share import TOTAL

Booleans = NDArray[np.bool_]
Columns = Mapping[str, object]
Grouped = Iterator[tuple[NDArray[np.intp], Bytes]]
CHUNK = 32_768
"""So many users at once stay in the processor's own memory."""


def are_enabled(evaluators: Mapping[str, Evaluator], key: str, columns: Columns) -> Booleans:
    """By user. Raises `KeyError` for an unknown flag, `ValueError` for columns of different lengths."""
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    if len({len(array) for array in arrays.values()}) != 1:
        raise ValueError("pass at least one array, all of the same length")
    evaluator = evaluators[key]
    by = evaluator.flag.rollout.by
    if by in arrays and evaluator.is_by_share_alone and 0 < evaluator.flag.rollout.share < TOTAL:
        return _by_share(evaluator.flag, arrays[by])
    rows = zip(*(array.tolist() for array in arrays.values()), strict=True)
    decide, names = evaluator.decide, tuple(arrays)
    return np.fromiter((decide(dict(zip(names, row, strict=True))).enabled for row in rows), dtype=np.bool_)


def _by_share(flag: Flag, users: NDArray[np.generic]) -> Booleans:
    """Nothing but the user's place decides."""
    chunks = [users[begin : begin + CHUNK] for begin in range(0, len(users), CHUNK)]
    answer = _answer_for(users)
    return np.concatenate([answer(flag, chunk) for chunk in chunks] or [np.zeros(0, dtype=np.bool_)])


def _answer_for(users: NDArray[np.generic]) -> Callable[[Flag, NDArray[np.generic]], Booleans]:
    match users.dtype.kind:
        case "S" if 0 < users.dtype.itemsize <= LENGTH_MAX:
            return lambda flag, chunk: _grouped(flag, by_length(chunk.astype(np.bytes_)), len(chunk))
        case "i" | "u" if len(users) and users.min() >= 0 and int(users.max()) < int(POWERS[-1]):
            return lambda flag, chunk: _grouped(flag, digits(chunk.astype(np.uint64)), len(chunk))
        case _:
            return _one_by_one


def _grouped(flag: Flag, groups: Grouped, count: int) -> Booleans:
    made = np.zeros(count, dtype=np.bool_)
    seed, share = flag_seed(flag), np.uint64(flag.rollout.share)
    for places, keys in groups:
        if keys.shape[1]:
            made[places] = hashes(keys, seed) % np.uint64(TOTAL) < share
    return made


def _one_by_one(flag: Flag, users: NDArray[np.generic]) -> Booleans:
    seed, share = flag_seed(flag), flag.rollout.share
    keys = map(key_of, users.tolist())
    return np.fromiter((key is not None and bucket(key, seed) < share for key in keys), dtype=np.bool_)
