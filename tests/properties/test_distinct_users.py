"""Distinct users in a kilobyte: near to the truth at every size, and joined without counting anybody twice."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.flags import distinct
from shipway.flags.distinct import NOBODY, REGISTERS, add, estimate, joined, packed, unpacked

SIGMAS, ERROR = 4.0, 1.04 / REGISTERS**0.5
RANGES = st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(sorted)


def seen(begin: int, end: int, prefix: str = "user-") -> bytes:
    registers = bytearray(REGISTERS)
    for number in range(begin, end):
        add(registers, f"{prefix}{number}".encode())
    return bytes(registers)


@pytest.mark.parametrize("count", [0, 1, 2, 10, 50])
def test_few_users_are_counted_almost_exactly(count: int) -> None:
    assert abs(estimate(seen(0, count)) - count) <= max(1, count * 0.05) * (count > 1)


@pytest.mark.parametrize("count", [300, 1_000, 2_500, 5_000, 20_000, 100_000])
@pytest.mark.parametrize("prefix", ["user-", "", "ünï"])
def test_many_users_are_counted_within_what_is_promised(count: int, prefix: str) -> None:
    assert abs(estimate(seen(0, count, prefix)) / count - 1) <= SIGMAS * ERROR


@given(RANGES, RANGES)
def test_joining_is_having_seen_all_of_them(one: list[int], other: list[int]) -> None:
    first, second = seen(*one), seen(*other)
    both = bytearray(first)
    for number in range(*other):
        add(both, f"user-{number}".encode())
    assert joined(first, second) == joined(second, first) == bytes(both)
    assert joined(first, first) == first == joined(first, NOBODY)


@given(RANGES)
def test_what_is_sent_is_what_comes(users: list[int]) -> None:
    assert unpacked(packed(seen(*users))) == seen(*users)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "AAAA",
        base64.b64encode(zlib.compress(b"short")).decode(),
        base64.b64encode(zlib.compress(bytes(10**7))).decode(),
        base64.b64encode(zlib.compress(b"\xff" * REGISTERS)).decode(),
        "ü",
    ],
)
def test_what_was_never_packed_is_an_error_in_bounded_memory(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)


def test_a_hash_that_is_as_rare_as_can_be_has_a_register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "xxh64_intdigest", lambda key, seed: 0)
    registers = bytearray(REGISTERS)
    add(registers, b"x")
    assert max(registers) == distinct.RANK_MAX and estimate(registers) >= 1
