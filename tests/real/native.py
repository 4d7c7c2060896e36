"""A native histogram in Prometheus' protobuf exposition (io.prometheus.client.MetricFamily, delimited)."""

import math
import struct
from collections import Counter
from collections.abc import Iterable, Mapping

TYPE = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
HISTOGRAM = 4
ZERO_THRESHOLD = 2.0**-128


def exposition(name: str, labels: Mapping[str, str], values: Iterable[float], *, schema: int) -> bytes:
    """One family with one series, in which these values were observed."""
    metric = b"".join(_bytes(1, _text(1, key) + _text(2, value)) for key, value in labels.items())
    metric += _bytes(7, _histogram(list(values), schema))
    family = _text(1, name) + _number(3, HISTOGRAM) + _bytes(4, metric)
    return _varint(len(family)) + family


def _histogram(values: list[float], schema: int) -> bytes:
    counts = Counter(math.ceil(math.log2(value) * 2**schema - 1e-9) for value in values)
    head = _number(1, len(values)) + _double(2, sum(values)) + _number(5, _signed(schema))
    head += _double(6, ZERO_THRESHOLD) + _number(7, 0)
    if not counts:
        return head
    first, last = min(counts), max(counts)
    filled = [counts[index] for index in range(first, last + 1)]
    span = _number(1, _signed(first)) + _number(2, len(filled))
    steps = [after - before for before, after in zip([0, *filled], filled, strict=False)]
    return head + _bytes(12, span) + b"".join(_number(13, _signed(step)) for step in steps)


def _signed(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
