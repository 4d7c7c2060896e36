"""The management interface: what is kept, who may, and who waits for whom."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from shipway.flags.distinct import REGISTERS, add, packed
from unit.server.asking import Asking, asking

Scene = Callable[[Asking], Awaitable[None]]


def play(folder: Path, scene: Scene) -> None:
    async def run() -> None:
        async with asking(folder) as ask:
            await scene(ask)

    asyncio.run(run())


def test_the_call_of_the_guide_takes_a_feature_back(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/new-checkout", {"rollout": {"percentage": 25}})
        form = {"content_type": "application/x-www-form-urlencoded"}  # what curl -d sends by itself
        said = await ask("PATCH", "/flags/new-checkout", b'{"enabled": false}', **form)
        assert said.status == 200
        assert said.json["flag"] == {"rollout": {"percentage": 25}, "enabled": False}
        assert (
            ask.environments.named("production").evaluators["new-checkout"].decide({"user_id": 1}).reason
            == "switch"
        )

    play(tmp_path, scene)


def test_the_call_of_the_guide_holds_against_a_schedule_that_has_come(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        past = {"at": "2020-01-01T00:00:00Z", "enabled": True, "percentage": 100}
        await ask("PUT", "/flags/a", {"enabled": False, "rollout": {"percentage": 1}, "schedule": [past]})
        live = ask.environments.named("production")
        assert live.evaluators["a"].decide({"user_id": 1}).enabled
        await ask("PATCH", "/flags/a", {"enabled": False})
        assert live.evaluators["a"].decide({"user_id": 1}).reason == "switch"
        await ask("PATCH", "/flags/a", {"enabled": True})
        assert live.evaluators["a"].decide({"user_id": 1}).reason == "everybody"

    play(tmp_path, scene)


def test_every_change_has_a_line_with_who_when_what_and_why(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {"enabled": True})
        await ask("PATCH", "/flags/a?reason=it%20hurts", {"enabled": False})
        await ask("PATCH", "/flags/a", {"enabled": False})
        await ask("DELETE", "/flags/a")
        lines = (await ask("GET", "/audit")).json
        assert [(one["revision"], one["by"], one["why"], one["before"], one["after"]) for one in lines] == [
            (3, "anna", "", {"enabled": False}, None),
            (2, "anna", "it hurts", {"enabled": True}, {"enabled": False}),
            (1, "anna", "", None, {"enabled": True}),
        ]
        assert all(one["at"] > 0 for one in lines)

    play(tmp_path, scene)


def test_a_change_of_what_its_sender_has_not_seen_is_not_made(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        first = await ask("PUT", "/flags/a", {"owner": "x"})
        await ask("PATCH", "/flags/a", {"owner": "y"}, if_match=first.headers["etag"])
        late = await ask("PATCH", "/flags/a", {"owner": "z"}, if_match=first.headers["etag"])
        assert late.status == 412
        assert (await ask("GET", "/flags/a")).json["flag"] == {"owner": "y"}
        assert (await ask("PATCH", "/flags/none", {}, if_match="*")).status == 412
        assert (await ask("PATCH", "/flags/none", {})).status == 404

    play(tmp_path, scene)


def test_flags_that_are_wrong_are_not_taken(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        wrong: list[object] = [
            {"targeting": [{"rule": "user.x =="}]},
            {"requires": ["none"]},
            {"enabeld": True},
            {"rollout": {"percentage": 101}},
            {"targeting": [{"rule": "x" * 100_000}]},
            [],
        ]
        for body in wrong:
            said = await ask("PUT", "/flags/a", body)
            assert said.status == 400, body
            assert {"code", "what", "where", "why", "fix"} <= said.json.keys()
        assert (await ask("PUT", "/flags/a", b"[" * 100_000)).status == 400
        assert (await ask("PUT", "/flags/a", b'{"owner": "\\ud800"}')).status == 400
        assert (await ask("PUT", "/flags/a", b" " * 2_000_000)).status == 413
        assert (await ask("PUT", "/flags/a", b'{"value": NaN}')).status == 400
        assert (await ask("GET", "/flags")).json == []

    play(tmp_path, scene)


def test_a_token_does_what_its_kind_may_in_its_environment(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("POST", "/environments", {"name": "staging"})
        client, server = await ask.token("web", "client"), await ask.token("shop", "server")
        own = await ask.token("bob", "admin", "staging")
        for token in (client, server):
            assert (await ask("GET", "/flags", token=token)).status == 403
            assert (await ask("POST", "/ofrep/v1/evaluate/flags", {}, token=token)).status == 200
        assert (await ask("GET", "/stream", token=client)).status == 403
        assert (await ask("PUT", "/flags/a", {}, token=own)).status == 200
        assert (await ask("PUT", "/flags/a?environment=production", {}, token=own)).status == 403
        assert (await ask("POST", "/tokens", {"name": "x", "kind": "admin"}, token=own)).status == 400
        assert (await ask("POST", "/environments", {"name": "y"}, token=own)).status == 400
        assert (await ask("GET", "/flags", token="")).status == 401
        assert (await ask("GET", "/flags", token="nonsense")).status == 401
        assert (await ask("GET", "/flags")).status == 400  # which of the two environments?
        assert (await ask("GET", "/flags?environment=staging")).json[0]["name"] == "a"

    play(tmp_path, scene)


def test_a_revoked_token_is_nobodys(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        token = await ask.token("shop", "server")
        id = next(one["id"] for one in (await ask("GET", "/tokens")).json if one["name"] == "shop")
        assert (await ask("DELETE", f"/tokens/{id}")).status == 204
        assert (await ask("POST", "/ofrep/v1/evaluate/flags", {}, token=token)).status == 401

    play(tmp_path, scene)


def test_no_token_is_kept_as_it_is(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        token = await ask.token("shop", "server")
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert token.encode() not in kept
        assert token.rsplit("_", 1)[1].encode() not in kept

    play(tmp_path, scene)


def test_where_approval_is_needed_only_taking_back_needs_none(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {"rollout": {"percentage": 5}})
        await ask("POST", "/environments", {"name": "production", "needs_approval": True})
        bob = await ask.token("bob", "admin", None)
        for raising in ({"rollout": {"percentage": 6}}, {"targeting": [{"rule": "user.vip"}]}, {"value": 1}):
            assert (await ask("PATCH", "/flags/a", raising)).status == 202
        assert (await ask("DELETE", "/flags/a")).status == 202
        assert (await ask("PATCH", "/flags/a", {"rollout": {"percentage": 4}})).status == 200
        assert (await ask("PATCH", "/flags/a", {"kill": True})).status == 200
        assert (await ask("PATCH", "/flags/a", {"kill": False})).status == 202
        proposed = (await ask("GET", "/proposals")).json
        assert len(proposed) == 5 and {one["state"] for one in proposed} == {"open"}
        restore = f"/proposals/{proposed[0]['id']}"
        assert (await ask("POST", f"{restore}/approve")).status == 400  # by oneself
        assert (await ask("POST", f"{restore}/approve", token=bob)).status == 200
        assert (await ask("POST", f"{restore}/approve", token=bob)).status == 404
        assert (await ask("GET", "/flags/a")).json["flag"]["kill"] is False
        assert (await ask("GET", "/audit")).json[0]["by"] == "anna, approved by bob"

    play(tmp_path, scene)


def test_taking_back_what_a_schedule_has_shown_waits_for_nobody(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        steps = [
            {"at": "2020-01-01T00:00:00Z", "percentage": 50},
            {"at": "2999-01-01T00:00:00Z", "percentage": 100},
        ]
        await ask("PUT", "/flags/a", {"rollout": {"percentage": 5}, "schedule": steps})
        await ask("POST", "/environments", {"name": "production", "needs_approval": True})
        assert (await ask("PATCH", "/flags/a", {"rollout": {"percentage": 60}})).status == 202
        assert (await ask("PATCH", "/flags/a", {"rollout": {"percentage": 40}})).status == 200
        assert (await ask("PATCH", "/flags/a", {"enabled": False})).status == 200
        assert (await ask("PATCH", "/flags/a", {"schedule": []})).status == 202

    play(tmp_path, scene)


def test_what_was_proposed_before_a_kill_does_not_undo_it(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {"rollout": {"percentage": 5}})
        await ask("POST", "/environments", {"name": "production", "needs_approval": True})
        bob = await ask.token("bob", "admin", None)
        proposal = (await ask("PATCH", "/flags/a", {"rollout": {"percentage": 50}})).json
        await ask("PATCH", "/flags/a", {"kill": True})
        assert (await ask("POST", f"/proposals/{proposal['id']}/approve", token=bob)).status == 412
        assert (await ask("GET", "/flags/a")).json["flag"]["kill"] is True
        assert (await ask("POST", f"/proposals/{proposal['id']}/reject", token=bob)).status == 204

    play(tmp_path, scene)


def test_a_file_comes_in_and_goes_out_with_the_same_meaning(tmp_path: Path) -> None:
    text = """features:
  a:
    allowlist: [{user_id: 007}, {user_id: 123}]
    rollout: {percentage: 12.50}
    variants: {x: 50.0, y: {weight: 1, value: {n: 1.50}}}
  b: {requires: [a]}
  c:
segments:
  staff: {rule: "user.email.endsWith('@example.com')"}
holdouts:
  winter: {percentage: 1%}
"""

    async def scene(ask: Asking) -> None:
        from shipway.flags.load import parse_flags

        await ask("PUT", "/flags/old", {})
        said = await ask("POST", "/import", text.encode())
        assert said.json == {"revision": 2, "entries": 5}
        exported = (await ask("GET", "/export")).raw.decode()
        assert parse_flags(exported, file="") == parse_flags(text, file="")
        wrong = await ask("POST", "/import", b"features:\n  a: {enabeld: true}\n")
        assert wrong.status == 400 and wrong.json["where"] == "the file:2:7"
        await ask("POST", "/import?keep=true", b"features: {d: }")
        assert [one["name"] for one in (await ask("GET", "/flags")).json] == ["a", "b", "c", "d"]

    play(tmp_path, scene)


def test_changes_at_once_are_made_one_after_the_other(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {})
        all = [ask("PATCH", "/flags/a", {"value": {f"k{number}": number}}) for number in range(20)]
        assert {said.status for said in await asyncio.gather(*all)} == {200}
        flag = (await ask("GET", "/flags/a")).json
        assert flag["version"] == 21 and len(flag["flag"]["value"]) == 20

    play(tmp_path, scene)


def test_exposures_are_counted_of_what_is_there(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {"variants": {"x": 1}})
        lines = [
            {"flag": "a", "variant": "x", "count": 2},
            {"flag": "a", "variant": "nonsense", "count": 1},
            {"flag": "b", "variant": "on", "count": 1},
            {"flag": "a", "variant": "off", "count": -1},
        ]
        for _ in range(2):
            assert (await ask("POST", "/exposures", {"exposures": lines})).json == {"counted": 1}
        counted = {"flag": "a", "variant": "x", "count": 4}
        assert (await ask("GET", "/exposures")).json == [counted | {"users": None}]
        users = bytearray(REGISTERS)
        for number in range(3):
            add(users, b"%d" % number)
        again = [lines[0] | {"users": packed(bytes(users))}]
        for _ in range(2):
            assert (await ask("POST", "/exposures", {"exposures": again})).json == {"counted": 1}
        assert (await ask("GET", "/exposures")).json == [counted | {"count": 8, "users": 3}]
        refused = await ask("POST", "/exposures", {"exposures": [lines[0], lines[0] | {"users": "nonsense"}]})
        assert refused.status == 400
        assert (await ask("GET", "/exposures")).json[0]["count"] == 8

    play(tmp_path, scene)


def test_a_store_is_read_again_as_it_was_left(tmp_path: Path) -> None:
    async def first(ask: Asking) -> None:
        await ask("PUT", "/flags/a", {"value": [1, {"b": None}]})
        first.ask = (await ask("GET", "/flags")).json  # type: ignore[attr-defined]

    play(tmp_path, first)

    async def again() -> None:
        from shipway.adapters.flag_store.store import FlagStore

        with FlagStore(tmp_path / "flags.db") as store:
            loaded = await store.entries.load("production")
            assert loaded is not None and loaded.environment.revision == 1
            assert loaded.state.document["features"] == {"a": {"value": [1, {"b": None}]}}

    asyncio.run(again())
