"""Durations, shares, limits and counts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.model.share import percent
from shipway.spec import units
from shipway.spec.problems import Wrong, WrongUnitHere
from shipway.spec.tree import Plain

MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("5s", 5.0), ("15m", 900.0), ("1h", 3600.0), ("14d", 1_209_600.0), ("0s", 0.0)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert units.seconds(text) == seconds


@given(st.integers(0, 3000), st.sampled_from(sorted(MILLISECONDS)))
def test_every_unit_multiplies_exactly(number: int, unit: str) -> None:
    assert units.seconds(f"{number}{unit}") == number * MILLISECONDS[unit] / 1000


@pytest.mark.parametrize("text", ["15", "1.5", "0"])
def test_a_bare_number_is_told_which_units_there_are(text: str) -> None:
    with pytest.raises(WrongUnitHere) as caught:
        units.seconds(Plain(text, "int"))
    assert "ms, s, m, h or d" in caught.value.why
    assert f"{text}s" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5 minutes", "5m"),
        ("5 min", "5m"),
        ("30sec", "30s"),
        ("2 Hours", "2h"),
        ("1.5 days", "1.5d"),
        ("9 msec", "9ms"),
        ("5 s", "5s"),
    ],
)
def test_spelt_out_units_come_with_the_right_spelling(text: str, meant: str) -> None:
    with pytest.raises(WrongUnitHere) as caught:
        units.seconds(text)
    assert caught.value.fix == f"Write {meant}."


@pytest.mark.parametrize("text", ["", "s", "-5s", "1h30m", "5S", "5µs", "٥s", "1e3s", "inf", "5s\n", "nan"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(Wrong):
        units.seconds(text)


@given(st.integers(0, 100_000))
def test_every_share_is_read_as_it_is_written(share: int) -> None:
    assert units.share(percent(share)) == share


@pytest.mark.parametrize("text", ["5", "5.0", "101%", "0.0001%", "-1%", "5 %", "%", "five", "1e1%"])
def test_anything_else_is_no_share(text: str) -> None:
    with pytest.raises(Wrong):
        units.share(text)


def test_limits_carry_their_sign() -> None:
    assert units.fraction_min(">= 99.5%") == 0.995
    assert units.fraction_min(">=99%") == 0.99
    assert units.seconds_max("<= 500ms") == 0.5


@pytest.mark.parametrize(("text", "fix"), [("99%", '">= 99%"'), ("> 99%", '">= 99%"'), ("<= 95%", '">= 95%"')])
def test_a_limit_without_its_sign_is_told_how_to_write_it(text: str, fix: str) -> None:
    with pytest.raises(Wrong) as caught:
        units.fraction_min(text)
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    "value", ["4", Plain("4.0", "float"), Plain("0x4", "int"), Plain("true", "bool"), True, None, 11, -1]
)
def test_a_count_is_digits_in_range_without_quotes(value: object) -> None:
    with pytest.raises(Wrong):
        units.whole(value, lowest=0, highest=10)


@given(st.text(max_size=60))
def test_the_patterns_of_the_schema_accept_what_the_parsers_accept(text: str) -> None:
    for parser, pattern in ((units.seconds, units.DURATION), (units.share, units.SHARE_OF_TRAFFIC)):
        assert _reads(parser, text) <= bool(re.search(pattern, text))


def _reads(parser: object, text: str) -> bool:
    assert callable(parser)
    try:
        parser(text)
    except Wrong:
        return False
    return True
