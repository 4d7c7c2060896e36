"""OFREP 0.3: answers, tags, hostile contexts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shipway.server.flags.ofrep import opened, ticket
from unit.server.asking import Asking, asking

FLAGS = "/ofrep/v1/evaluate/flags"
DOCUMENT = {
    "half": {"rollout": {"percentage": 50}},
    "killed": {"kill": True},
    "names": {"variants": {"a": 1, "b": 1}},
    "size": {"value": 20, "rollout": {"percentage": 50}},
    "colours": {
        "targeting": [{"rule": "user.vip == true", "variant": "red"}],
        "variants": {"red": {"weight": 1, "value": {"button": "red"}}, "grey": {"weight": 1, "value": {}}},
    },
}


def play(folder: Path, scene: Callable[[Asking], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asking(folder, origins=("https://shop.example.com",)) as ask:
            for name, body in DOCUMENT.items():
                assert (await ask("PUT", f"/flags/{name}", body)).status == 200
            await scene(ask)

    asyncio.run(run())


def test_each_flag_has_a_value_a_reason_and_its_variant(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        context = {"context": {"targetingKey": "anna", "vip": True}}
        found = {one["key"]: one for one in (await ask("POST", FLAGS, context)).json["flags"]}
        assert found["killed"]["value"] is False and found["killed"]["reason"] == "DISABLED"
        assert found["half"]["reason"] == "SPLIT" and isinstance(found["half"]["value"], bool)
        assert found["names"]["value"] == found["names"]["variant"] and found["names"]["reason"] == "SPLIT"
        assert found["colours"]["value"] == {"button": "red"}
        assert found["colours"]["reason"] == "TARGETING_MATCH"
        for name, bulk in found.items():
            assert (await ask("POST", f"{FLAGS}/{name}", context)).json == bulk

    play(tmp_path, scene)


def test_a_value_that_is_off_is_left_to_the_code(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        await ask("PATCH", "/flags/size", {"enabled": False})
        said = (await ask("POST", f"{FLAGS}/size", {"context": {"targetingKey": "anna"}})).json
        assert "value" not in said and said["reason"] == "DISABLED"

    play(tmp_path, scene)


def test_what_cannot_be_answered_is_an_error_of_the_protocol(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        none = await ask("POST", f"{FLAGS}/none", {"context": {"targetingKey": "anna"}})
        assert (none.status, none.json["errorCode"]) == (404, "FLAG_NOT_FOUND")
        unknown = await ask("POST", f"{FLAGS}/half", {"context": {}})
        assert (unknown.status, unknown.json["errorCode"]) == (400, "TARGETING_KEY_MISSING")
        bulk = (await ask("POST", FLAGS, {"context": {}})).json["flags"]
        assert {one["key"]: one.get("errorCode") for one in bulk}["half"] == "TARGETING_KEY_MISSING"
        broken = await ask("POST", f"{FLAGS}/half", b"{")
        assert (broken.status, broken.json["errorCode"]) == (400, "PARSE_ERROR")
        assert (await ask("POST", FLAGS, b"{")).status == 400
        assert (await ask("POST", FLAGS, {}, token="x")).status == 401

    play(tmp_path, scene)


def test_a_tag_stands_for_the_flags_and_the_context(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        anna, bob = ({"context": {"targetingKey": name}} for name in ("anna", "bob"))
        tag = (await ask("POST", FLAGS, anna)).headers["etag"]
        same = await ask("POST", FLAGS, anna, if_none_match=tag)
        assert (same.status, same.raw) == (304, b"")
        assert (await ask("POST", FLAGS, bob, if_none_match=tag)).status == 200
        web = await ask.token("web", "client")
        assert (await ask("POST", FLAGS, anna, if_none_match=tag, token=web)).status == 200
        await ask("PATCH", "/flags/half", {"rollout": {"percentage": 51}})
        assert (await ask("POST", FLAGS, anna, if_none_match=tag)).status == 200

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "body",
    [
        b'{"context":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        b'{"context":' + b"[" * 100_000,
        b'{"context":{"targetingKey":NaN}}',
        b'{"context":{"targetingKey":"\\ud800"}}',
        b'{"context":{"targetingKey":"' + b"x" * 900_000 + b'"}}',
        b'{"context":{"targetingKey":{"a":[1,2]},"vip":[[]]}}',
        b'{"context":{"targetingKey":1' + b"0" * 5_000 + b"}}",
        b'{"context":{"vip":1e400,"targetingKey":-0.0}}',
        b'{"context":null}',
        b"null",
        b"\xff\xfe",
    ],
    ids=lambda body: f"{len(body)}-{body[11:30]!r}",
)
def test_a_hostile_context_is_answered_within_bounds(tmp_path: Path, body: bytes) -> None:
    async def scene(ask: Asking) -> None:
        for path in (FLAGS, f"{FLAGS}/half", f"{FLAGS}/colours"):
            assert (await ask("POST", path, body)).status in (200, 400)

    play(tmp_path, scene)


def test_a_context_of_megabytes_is_refused(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        body = b'{"context":{"a":"' + b"x" * 3_000_000 + b'"}}'
        assert (await ask("POST", FLAGS, body)).status == 413

    play(tmp_path, scene)


def test_web_pages_of_named_origins_may_ask(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        allowed = {"origin": "https://shop.example.com", "access_control_request_method": "POST"}
        said = await ask("OPTIONS", FLAGS, access_control_request_headers="authorization", **allowed)
        assert said.headers["access-control-allow-origin"] == "https://shop.example.com"
        other = await ask("POST", FLAGS, {}, origin="https://evil.example.com")
        assert "access-control-allow-origin" not in other.headers

    play(tmp_path, scene)


def test_a_ticket_opens_its_environment_until_it_is_over() -> None:
    key = b"k" * 32
    made = ticket("pro.duction", key, 100)
    assert opened(made, key, 99.0) == "pro.duction"
    assert opened(made, key, 100.0) is None
    assert opened(made, b"x" * 32, 99.0) is None
    assert opened(made.replace("pro", "dev"), key, 99.0) is None
    assert opened("", key, 0.0) is None


def test_who_begins_to_listen_is_told_what_it_may_have_missed(tmp_path: Path) -> None:
    async def scene(ask: Asking) -> None:
        live = ask.environments.by_name["production"]
        now = time.time()
        just = b"".join(live.greeting(None, now))
        assert b"refetchEvaluation" in just, "a flag was changed between the answer and the stream, perhaps"
        assert b"refetchEvaluation" not in b"".join(live.greeting(None, now + 3600.0))
        former = live.tag
        assert b"id: %s\n" % former.encode() in just
        assert (await ask("PATCH", "/flags/killed", {"kill": False})).status == 200
        assert b"refetchEvaluation" in b"".join(live.greeting(former, now + 3600.0))
        assert b"refetchEvaluation" not in b"".join(live.greeting(live.tag, now))

    play(tmp_path, scene)
