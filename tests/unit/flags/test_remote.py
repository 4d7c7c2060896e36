"""What a client reads from a server's stream, keeps on disk, and does without a server."""

import io
import json
import threading
from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.flags import FeatureFlags
from shipway.flags.distinct import REGISTERS, add, estimate
from shipway.flags.remote.api import Address
from shipway.flags.remote.cache import Cache
from shipway.flags.remote.events import Event, Known, NotOurs, after, events
from shipway.flags.remote.exposures import KEYS_MAX, USERS_OF_MAX, Exposures
from shipway.flags.remote.follower import Follower
from shipway.flags.state import state_of

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens at the port for discarding (RFC 863)."""
STATE = {"features": {"a": {"rollout": {"percentage": 50}}}, "segments": {}, "exclusive": {}, "holdouts": {}}


def event(kind: str, said: object, id: str = "s-1") -> Event:
    return Event(kind=kind, id=id, data=json.dumps(said))


def test_events_come_with_their_ids_and_signs_of_life_are_none() -> None:
    text = b": hello\n\nid: s-1\nevent: state\ndata: {}\n\n: alive\n\nid: s-2\ndata: a\ndata: b\n\ndata: half"
    found = list(events(io.BytesIO(text)))
    assert found == [
        None,
        Event(kind="state", id="s-1", data="{}"),
        None,
        Event(kind="message", id="s-2", data="a\nb"),
    ]


def test_changes_are_applied_to_what_is_known() -> None:
    known = after(None, event("state", STATE))
    changes = [{"kind": "features", "name": "b", "body": {"requires": ["a"]}}]
    known = after(known, event("change", {"revision": 2, "changes": changes}, "s-2"))
    assert known is not None and known.id == "s-2"
    assert set(known.state.file.features) == {"a", "b"}
    gone = [{"kind": "features", "name": "b", "body": None}]
    known = after(known, event("change", {"revision": 3, "changes": gone}, "s-3"))
    assert known is not None and set(known.state.file.features) == {"a"}
    assert after(known, event("unheard-of", {})) is known


@pytest.mark.parametrize(
    "said",
    [
        Event(kind="state", id="", data="<html>"),
        event("state", {"features": []}),
        event("change", {"changes": [{"kind": "nonsense", "name": "a", "body": None}]}),
        event("change", {"changes": [{"kind": "features"}]}),
        event("change", {"changes": None}),
        event("state", STATE | {"features": {"a": {"from": "a newer server"}}}),
        event("state", STATE | {"features": {"a": {"requires": ["a"]}}}),
        event("change", {"changes": [{"kind": "features", "name": "a", "body": {"rollout": 7}}]}),
    ],
)
def test_what_is_not_understood_is_an_error_and_changes_nothing(said: Event) -> None:
    known = Known(state=state_of(STATE), id="s-1")
    with pytest.raises(ShipwayError):
        after(known, said)
    assert known.state.file == state_of(STATE).file


def test_a_change_without_a_state_is_refused() -> None:
    with pytest.raises(NotOurs):
        after(None, event("change", {"revision": 2, "changes": []}))


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "deep", Address(url=NOWHERE, token="t"))
    assert cache.read() is None
    cache.write(Known(state=state_of(STATE), id="s-7"))
    found = cache.read()
    assert found is not None and found.id == "s-7" and found.state.file == state_of(STATE).file
    assert cache.path.stat().st_mode & 0o777 == 0o600
    assert Cache(tmp_path / "deep", Address(url=NOWHERE, token="other")).read() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"id": 1, "document": {"features": 3}}', "\x00" * 100])
def test_a_damaged_file_of_what_was_kept_is_no_obstacle(tmp_path: Path, text: str) -> None:
    cache = Cache(tmp_path, Address(url=NOWHERE))
    cache.path.write_text(text)
    assert cache.read() is None


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Cache(tmp_path / "file" / "folder", Address(url=NOWHERE)).write(Known(state=state_of(STATE), id="s-1"))


def test_what_a_program_begins_with_is_kept_before_it_goes_on(tmp_path: Path) -> None:
    seen: list[bool] = []

    class Watched(Cache):
        def write(self, known: Known) -> None:
            seen.append(follower.is_known.is_set() or follower.has_tried.is_set())
            super().write(known)

    address = Address(url=NOWHERE)
    follower = Follower(address, Watched(tmp_path, address), lambda: None)
    follower._take(Known(state=state_of(STATE), id="s-1"), keeps=True)
    assert seen == [False] and follower.is_known.is_set() and follower.has_tried.is_set()
    assert Cache(tmp_path, address).read() is not None


def test_without_a_server_questions_have_their_defaults(tmp_path: Path) -> None:
    flags = FeatureFlags(NOWHERE, token="t", cache=tmp_path, start_seconds=0.1)
    assert flags.is_stale
    assert flags.is_enabled("a", user_id=1) is False
    assert flags.is_enabled("a", user_id=1, default=True) is True
    assert flags.value("a", 7, user_id=1) == 7
    flags.close()


def test_without_a_server_flags_begin_with_what_was_said_last_then_with_the_bootstrap(tmp_path: Path) -> None:
    (tmp_path / "flags.yaml").write_text("features: {a: {value: bootstrap}}")
    options = {"token": "t", "cache": tmp_path, "bootstrap": tmp_path / "flags.yaml", "start_seconds": 5.0}
    flags = FeatureFlags(NOWHERE, **options)  # type: ignore[arg-type]
    assert flags.value("a", "", user_id=1) == "bootstrap"
    flags.close()
    kept = state_of({"features": {"a": {"value": "kept"}}})
    Cache(tmp_path, Address(url=NOWHERE, token="t")).write(Known(state=kept, id="s-1"))
    for is_offline in (False, True):
        flags = FeatureFlags(NOWHERE, is_offline=is_offline, **options)  # type: ignore[arg-type]
        assert flags.value("a", "", user_id=1) == "kept"
        flags.close()


def test_offline_nothing_runs_in_the_background(tmp_path: Path) -> None:
    before = threading.active_count()
    flags = FeatureFlags(NOWHERE, cache=None, bootstrap={"features": {"a": {}}}, is_offline=True)
    assert flags.is_enabled("a") and threading.active_count() == before


def test_an_address_in_the_environment_is_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_FLAGS", NOWHERE)
    flags = FeatureFlags(cache=None, start_seconds=0.05)
    assert flags.is_stale
    flags.close()


def test_what_is_no_address_is_an_error_at_once() -> None:
    with pytest.raises(ShipwayError, match="not the address"):
        FeatureFlags("http://", cache=None)


def test_a_change_that_no_server_takes_is_an_error_for_who_makes_it(tmp_path: Path) -> None:
    flags = FeatureFlags(NOWHERE, cache=None, start_seconds=0.05)
    with pytest.raises(ShipwayError, match="does not answer"):
        flags.kill("a")
    flags.close()


def test_counts_are_bounded_and_outlive_a_server_that_is_away() -> None:
    from shipway.flags.remote.api import Api

    exposures = Exposures(Api(Address(url=NOWHERE)))
    for number in range(KEYS_MAX + 10):
        exposures.add((f"flag-{number}", "on"))
    exposures.flush()
    assert len(exposures.shown) == KEYS_MAX


def test_a_user_who_is_answered_often_is_one_user_also_after_a_server_was_away() -> None:
    from shipway.flags.remote.api import Api

    exposures = Exposures(Api(Address(url=NOWHERE)))
    for user in [1, "1", 1.0, 2, None, ""] * 50:
        exposures.add(("a", "on"), user)
    exposures.flush()
    exposures.add(("a", "on"), 3)
    shown, alike = exposures.shown["a", "on"], bytearray(REGISTERS)
    for key in (b"1", b"2", b"3"):
        add(alike, key)
    assert shown.count == 301 and shown.registers == alike
    exposures.add(("a", "on"), "\ud800")
    assert shown.count == 302 and estimate(bytes(shown.registers)) == 4


def test_users_of_many_flags_are_told_apart_within_bounds() -> None:
    from shipway.flags.remote.api import Api

    exposures = Exposures(Api(Address(url=NOWHERE)))
    for number in range(USERS_OF_MAX + 10):
        exposures.add((f"flag-{number}", "on"), "ana")
    assert len(exposures.shown) == USERS_OF_MAX + 10
    assert sum(shown.registers is not None for shown in exposures.shown.values()) == USERS_OF_MAX


def test_counts_of_many_threads_are_exact() -> None:
    from shipway.flags.remote.api import Api

    exposures = Exposures(Api(Address(url=NOWHERE)))
    threads = [
        threading.Thread(target=lambda: [exposures.add(("a", "on")) for _ in range(2_000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {line: shown.count for line, shown in exposures.shown.items()} == {("a", "on"): 8_000}


def test_forgotten_flags_end_their_threads(tmp_path: Path) -> None:
    flags = FeatureFlags(NOWHERE, cache=None, start_seconds=0.05)
    thread = flags._source.follower._thread  # type: ignore[attr-defined]
    del flags
    thread.join(30)
    assert not thread.is_alive()
