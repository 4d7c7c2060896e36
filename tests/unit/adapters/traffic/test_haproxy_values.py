"""What is asked of HAProxy, as its maps, commands and configuration say it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic.haproxy import handover, maps, servers
from shipway.adapters.traffic.haproxy.addresses import require_free_addresses
from shipway.adapters.traffic.haproxy.configuration import configuration, frame_of
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.servers import Server
from shipway.adapters.traffic.haproxy.state import State, with_slots
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share
from tests.real.ports import free_port

A, B = RevisionId("1.8.2-0a1b2c3d"), RevisionId("1.9.0-7f3a91c2")
HOME = Home(Path("/home"))
SERVICE = Service(HOME, "checkout")


def state(to_b: int = 5000, **named: object) -> State:
    route = Route(shares={A: Share(TOTAL - to_b), B: Share(to_b)}, **named)  # type: ignore[arg-type]
    return with_slots(State(options=HaproxyOptions(), route=route, route_generation=7, order=(B, A)))


def endpoint(revision: RevisionId, port: int, *, draining: bool = False) -> Endpoint:
    return Endpoint(revision=revision, address=f"127.0.0.1:{port}", draining=draining)


def seen(one: Endpoint, slot: str, **named: object) -> Server:
    values = {"operation": 2, "administration": 0, "weight": 1, "in_flight": 0, **named}
    return Server(backend=f"checkout:{slot}", name=servers.name(one), address=one.address, **values)  # type: ignore[arg-type]


@given(st.integers(0, TOTAL))
def test_ranges_hold_every_place_once_and_the_newest_begins(to_b: int) -> None:
    made = maps.shares(state(to_b))
    assert made.shares == {revision: share for revision, share in {B: to_b, A: TOTAL - to_b}.items() if share}
    ends = sorted(tuple(map(int, key.split(":"))) for key in made.entries if ":" in key)
    assert ends[0][0] == 0 and ends[-1][1] == TOTAL - 1
    assert not to_b or made.entries[f"0:{to_b - 1}"].endswith(B)


@pytest.mark.parametrize("kind", ["shares", "choices"])
def test_a_map_is_read_as_it_was_written_and_tells_when_it_was_changed(kind: str) -> None:
    rules = (UserRule(kind="header", name="canary", value="yes; no", revision=B),)
    wanted = state(users=rules, sticky=Sticky(kind="cookie", name="shipway"), preview=B)
    made = {"shares": maps.shares, "choices": maps.choices}[kind](wanted)
    read = maps.parsed(kind, maps.text(made))
    assert (read, read.generation, read.is_ours) == (made, 7, True)
    for key in made.entries:
        changed = replace(made, entries={**made.entries, key: "1/other"})
        assert not changed.is_ours and changed.generation == 0


def test_of_rules_for_the_same_value_the_first_wins() -> None:
    rules = tuple(UserRule(kind="cookie", name="beta", value="yes", revision=one) for one in (B, A))
    assert maps.choices(state(users=rules)).entries["cookie/beta/" + maps.encoded("yes")].endswith(B)


def test_a_replica_in_hand_is_never_deleted_and_none_is_added_twice() -> None:
    kept, drained, gone, busy = endpoint(A, 1), endpoint(A, 2, draining=True), endpoint(A, 3), endpoint(A, 4)
    wanted = replace(state(), endpoints=(kept, drained, endpoint(B, 5)))
    listed = [seen(kept, "1"), seen(drained, "1"), seen(gone, "1"), seen(busy, "1", in_flight=1)]
    asked = list(servers.commands(SERVICE, wanted, listed))
    path = f"checkout:1/{A}:127.0.0.1"
    assert f"set server {path}:2 state drain" in asked
    assert f"del server {path}:3" in asked
    assert f"set server {path}:4 state maint" in asked and f"del server {path}:4" not in asked
    assert not [command for command in asked if f"{path}:1" in command]
    assert next(command.split()[:2] for command in asked if ":5" in command) == ["add", "server"]


def test_one_that_drained_is_made_ready_again() -> None:
    wanted = replace(state(), endpoints=(endpoint(A, 1),))
    asked = list(servers.commands(SERVICE, wanted, [seen(endpoint(A, 1), "1", weight=0)]))
    path = f"checkout:1/{A}:127.0.0.1:1"
    assert asked == [f"set server {path} weight 1", f"set server {path} state ready"]


def test_a_new_replica_is_taken_out_by_as_many_failed_checks_as_any() -> None:
    *_, last = servers.commands(SERVICE, replace(state(), endpoints=(endpoint(A, 1),)), [])
    assert last == f"set server checkout:1/{A}:127.0.0.1:1 health up"


def test_a_reload_hands_over_who_is_sick_and_keeps_the_weights_of_the_configuration(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.directory.mkdir()
    wanted = replace(state(), endpoints=(endpoint(A, 1), endpoint(A, 2), endpoint(A, 3, draining=True)))
    handover.keep(home, [(SERVICE, wanted)], {("checkout:1", f"{A}:127.0.0.1:2"): False})
    version, *rows = home.handover.read_text().splitlines()
    said = [row.split() for row in rows]
    assert (version, {len(row) for row in said}) == ("1", {20})
    assert [(row[5], row[7], row[18]) for row in said] == [("2", "1", "1"), ("0", "1", "2"), ("2", "0", "3")]
    handover.forget(home)
    assert home.handover.read_text() == "1\n"


def test_slots_stay_with_who_has_them_and_more_are_made_when_all_are_taken() -> None:
    before = state()
    many = Route(shares={RevisionId(f"{n}.0.0-0"): Share(TOTAL // 4) for n in range(4)})
    after = with_slots(replace(before, route=many))
    assert {slot: after.slots[slot] for slot in before.slots} == before.slots
    assert sorted(after.slots, key=int) == ["1", "2", "3", "4", "5", "6"] and after.slots_max == 6


def test_what_a_release_changes_is_not_of_the_frame_and_what_it_cannot_is() -> None:
    def frame(one: State) -> str:
        return frame_of(HOME, [(SERVICE, one)])

    first = state()
    released = replace(first, endpoints=(endpoint(A, 1),), slots={"2": A, "3": B}, route=Route(), order=())
    assert frame(released) == frame(first)
    assert f"description {frame(first)}\n".encode() in configuration(HOME, [(SERVICE, first)])
    for changed in (
        replace(first, options=replace(first.options, listen="0.0.0.0:81")),
        replace(first, options=replace(first.options, slow_start=5.0)),
        replace(first, names=(("header", "canary"),)),
        replace(first, slots_max=6),
    ):
        assert frame(changed) != frame(first)


def test_services_have_addresses_of_their_own_but_for_one_redirect() -> None:
    listen, plain = (f"127.0.0.1:{free_port()}" for _ in range(2))
    tls = Tls(cert="a", key="b", redirect_from=plain)
    own = HaproxyOptions(listen=listen, tls=tls)
    require_free_addresses(own, held=None, others={})
    with pytest.raises(PortError, match="is the service cart's alone"):
        require_free_addresses(own, held=None, others={"cart": HaproxyOptions(listen=listen)})
    elsewhere = HaproxyOptions(listen="127.0.0.1:4443", tls=tls)
    with pytest.raises(PortError, match="is sent on to port 4443 already"):
        require_free_addresses(own, held=None, others={"cart": elsewhere})
