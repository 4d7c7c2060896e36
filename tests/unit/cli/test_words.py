"""Numbers and times as people say them."""

import pytest

from shipway.cli.render import words
from shipway.model.revision import RevisionId


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 s"),
        (0.24, "0.2 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (45, "45 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (183_600, "2 d 3 h"),
        (-3, "0 s"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_times_for_programs_are_utc_with_milliseconds() -> None:
    assert words.iso(1_778_328_202.1251) == "2026-05-09T12:03:22.125Z"
    assert words.iso(1_778_328_202.9999) == "2026-05-09T12:03:23.000Z"


def test_times_for_people_have_their_zone_and_the_day_only_when_it_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    at = 1_778_328_202.0
    assert words.moment(at, now=at + 60) == "14:03:22 CEST"
    assert words.moment(at, now=at + 90_000) == "2026-05-09 14:03:22 CEST"


@pytest.mark.parametrize(
    ("part", "said"),
    [(None, "-"), (0.0, "0%"), (0.0005, "0.05%"), (0.52, "52%"), (0.1254, "12.5%"), (1.0, "100%")],
)
def test_a_rate_has_as_many_digits_as_matter(part: float | None, said: str) -> None:
    assert words.rate(part) == said


def test_revisions_of_one_version_are_told_apart_by_their_hashes() -> None:
    one, two, other = RevisionId("1.9.0-aaaa1111"), RevisionId("1.9.0-bbbb2222"), RevisionId("1.8.2-cccc3333")
    assert words.named((one, two, other)) == {one: "1.9.0-aaaa", two: "1.9.0-bbbb", other: "1.8.2"}
    near = RevisionId("1.9.0-aaaa9999")
    assert words.named((one, near)) == {one: one, near: near}
