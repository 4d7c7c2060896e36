"""What nginx's configuration is made of: shares, words, versions, ages of connections."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.traffic.nginx import NginxOptions
from shipway.adapters.traffic.nginx.configuration import configuration, is_ours
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.splitting import split
from shipway.adapters.traffic.nginx.state import State
from shipway.adapters.traffic.nginx.waiting import Ages
from shipway.adapters.traffic.nginx.words import exactly, quoted
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route, UserRule
from shipway.model.share import TOTAL, Share

A, B = RevisionId("1.8.2-0a1b2c3d"), RevisionId("1.9.0-7f3a91c2")
PART = re.compile(r'^  (?:(\d+\.\d\d)%|\*) "([^"]*)";$')


def divided(lines: list[str]) -> dict[str, dict[str, int]]:
    """By variable: how many of ten thousand parts each word has."""
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        if line.startswith("split_clients"):
            name, parts = line.split()[-2], {}
            found[name] = parts
        elif part := PART.match(line):
            rest = 10_000 - sum(parts.values())
            parts[part[2]] = round(float(part[1]) * 100) if part[1] else rest
    return found


def place(lines: list[str], point: int, tenth: int) -> str:
    """The word at a place of the line, and of its cell."""
    parts = divided(lines)
    line = next(iter(parts.values()))
    word = _at(line, point)
    return _at(parts[f"$x_{word[1:]}"], tenth * 1000) if word.startswith("/") else word


def _at(parts: Mapping[str, int], point: int) -> str:
    for word, count in parts.items():
        if point < count:
            return word
        point -= count
    raise AssertionError("beside the line")


@st.composite
def shares(draw: st.DrawFn) -> dict[str, int]:
    cuts = sorted(draw(st.lists(st.integers(0, TOTAL) | st.integers(0, 30), min_size=1, max_size=3)))
    bounds = zip([0, *cuts], [*cuts, TOTAL], strict=True)
    return {f"v{number}": end - start for number, (start, end) in enumerate(bounds) if end > start}


@given(shares())
def test_every_share_is_exact_though_nginx_knows_two_decimals(wanted: dict[str, int]) -> None:
    parts = divided(split("x", "$key", wanted))
    found: dict[str, int] = {}
    for word, count in next(iter(parts.values())).items():
        tenths = parts[f"$x_{word[1:]}"] if word.startswith("/") else {word: count * 10_000}
        for one, size in tenths.items():
            found[one] = found.get(one, 0) + size // 1000
    assert found == wanted


@given(st.integers(0, TOTAL), st.integers(0, TOTAL), st.integers(0, 9999), st.integers(0, 9))
def test_a_growing_share_keeps_its_users(one: int, other: int, point: int, tenth: int) -> None:
    less, more = sorted((one, other))
    before, after = (split("x", "$key", {"new": part, "old": TOTAL - part}) for part in (less, more))
    assert (place(before, point, tenth), place(after, point, tenth)) != ("new", "old")


@pytest.mark.parametrize("text", ["plain", 'a "quote"', "back\\slash", "new\nline"])
def test_what_people_write_stays_one_word(text: str) -> None:
    assert "\n" not in quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted(text))


def test_a_value_is_met_as_it_is_and_in_no_other_case() -> None:
    assert exactly("a.b") == r'"~\\Aa\\.b\\z"'


def test_a_configuration_knows_whether_it_was_changed(tmp_path: Path) -> None:
    state = State(options=NginxOptions(), route=Route(shares={A: TOTAL}), order=(A,))
    version, text = configuration(Home(tmp_path), {"shop": state})
    assert is_ours(text, version)
    assert not is_ours(text.replace("least_conn", "ip_hash"), version)
    assert configuration(Home(tmp_path), {"shop": state}) == (version, text)


def test_a_draining_replica_is_named_and_gets_nothing(tmp_path: Path) -> None:
    listed = (
        Endpoint(revision=A, address="10.0.0.1:80"),
        Endpoint(revision=A, address="10.0.0.2:80", draining=True),
    )
    state = State(options=NginxOptions(), route=Route(shares={A: TOTAL}), order=(A,), endpoints=listed)
    _, text = configuration(Home(tmp_path), {"shop": state})
    assert "server 10.0.0.1:80 max_fails=1" in text and "server 10.0.0.1:80 max_fails=0 backup;" in text
    assert [line.strip() for line in text.splitlines() if "10.0.0.2" in line] == ["server 10.0.0.2:80 down;"]


def test_claims_are_refused(tmp_path: Path) -> None:
    rule = UserRule(kind="claim", name="beta", value="yes", revision=B)
    state = State(options=NginxOptions(), route=Route(shares={A: Share(TOTAL)}, users=(rule,)), order=(A,))
    with pytest.raises(PortError, match="does not verify tokens"):
        configuration(Home(tmp_path), {"shop": state})


@pytest.mark.parametrize(
    "ages, waits",
    [
        (Ages(0.1, 0.3, is_answered=True), True),
        (Ages(0.3, 0.1, is_answered=True), False),
        (Ages(0.1, 0.1, is_answered=True), False),
        (Ages(0.1, 0.1, is_answered=False), True),
        (Ages(9.0, 9.0, is_answered=True), True),
    ],
)
def test_a_connection_waits_when_data_went_last_or_when_it_would_be_closed(ages: Ages, waits: bool) -> None:
    assert ages.waits(idle_seconds=1.0) is waits
