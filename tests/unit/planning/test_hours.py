"""Hours of the week, by the clock on the wall."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shipway.adapters.gates.hours import HoursGate
from shipway.model.hours import hours_of

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = "22:00-06:00 Europe/Berlin mon-fri"


def at(text: str) -> float:
    """In Berlin. Clocks go forward on Sunday 2026-03-29, and back on Sunday 2026-10-25."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("hours", "moment", "is_within"),
    [
        (NIGHTS, "2026-03-23T22:00", True),
        (NIGHTS, "2026-03-23T21:59", False),
        (NIGHTS, "2026-03-24T05:59", True),
        (NIGHTS, "2026-03-24T06:00", False),
        (NIGHTS, "2026-03-28T05:59", True),  # Saturday: the night began on Friday
        (NIGHTS, "2026-03-28T22:30", False),
        (NIGHTS, "2026-03-23T05:00", False),  # Monday: its night began on Sunday
        ("01:00-05:00 Europe/Berlin sun", "2026-03-29T04:59", True),
        ("01:00-05:00 Europe/Berlin sun", "2026-10-25T05:00", False),
        ("20:00-24:00 UTC", "2026-01-01T21:00", True),  # 20:00 in UTC
        ("20:00-24:00", "2026-01-02T01:00", False),  # midnight in UTC
        ("09:00-17:00 Europe/Berlin sat,sun", "2026-03-28T12:00", True),
        ("09:00-17:00 Europe/Berlin fri-mon", "2026-03-24T12:00", False),
    ],
)
def test_a_moment_is_in_them_or_not(hours: str, moment: str, is_within: bool) -> None:
    assert hours_of(hours).is_within(at(moment)) is is_within


@pytest.mark.parametrize(
    ("moment", "begin"),
    [
        ("2026-03-23T21:00", "2026-03-23T22:00"),
        ("2026-03-23T22:00", "2026-03-24T22:00"),
        ("2026-03-28T12:00", "2026-03-30T22:00"),  # over a weekend whose clocks go forward
    ],
)
def test_they_begin_again(moment: str, begin: str) -> None:
    assert hours_of(NIGHTS).begins_after(at(moment)).timestamp() == at(begin)


@pytest.mark.parametrize(
    "text",
    [
        *("", "22:00", "25:00-06:00", "22:60-06:00", "24:00-06:00", "22:00-22:00", "22:00-06:00 Mars/Base"),
        *("22:00-06:00 UTC monday", "22:00-06:00 UTC mon-", "22:00-06:00 mon-fri UTC"),
    ],
)
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        hours_of(text)


def test_the_gate_waits_for_them_and_never_says_no() -> None:
    now = [at("2026-03-23T21:00")]
    gate = HoursGate(lambda: now[0])
    said = asyncio.run(gate.ask(NIGHTS, {}, timeout=1.0))
    assert (said.passed, said.detail) == (None, "they begin Mon 22:00 CET")
    now[0] += 3600
    assert asyncio.run(gate.ask(NIGHTS, {}, timeout=1.0)).passed is True
