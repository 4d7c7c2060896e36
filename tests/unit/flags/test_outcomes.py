"""Requests are told apart by what they were shown, and counted in a file of each process."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.replicas.job_files import lines
from shipway.flags import FeatureFlags, outcomes
from shipway.flags.outcomes import Outcomes
from unit.flags.resting import quick_writers, writers_rest

FLAG = "new-cart"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    found = {"SHIPWAY_EXPOSURES": str(tmp_path), "SHIPWAY_RAMPS": FLAG, "SHIPWAY_REPLICA": "r1"}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    quick_writers(monkeypatch)
    yield found
    writers_rest()


def flags() -> FeatureFlags:
    """Users with an even number are shown the flag; nobody is compared by the other."""
    rule = 'targeting: [{rule: "user.number in [0, 2, 4]", enabled: true}], rollout: {percentage: 0}'
    return FeatureFlags.of(f"features: {{{FLAG}: {{{rule}}}, other: }}")


def counted(folder: Path) -> dict[tuple[str, str], float]:
    found = [line for path in folder.glob("*.prom") for line in lines(path)]
    return {
        (labels["shown"], labels["result"]): value
        for name, labels, value in found
        if name == "shipway_flag_requests_total"
    }


def test_requests_are_counted_by_what_they_were_shown(environment: Mapping[str, str], tmp_path: Path) -> None:
    made, own = Outcomes(), flags()
    for number in range(5):
        with made.request() as request:
            if own.is_enabled(FLAG, number=number) and number == 4:
                request.fail()
    with made.request():
        own.is_enabled("other")
    made.write()
    assert counted(tmp_path) == {
        ("true", "ok"): 2,
        ("true", "failed"): 1,
        ("false", "ok"): 2,
        ("false", "failed"): 0,
    }


def test_every_way_to_ask_counts_and_shown_once_is_shown(environment: Mapping[str, str], tmp_path: Path) -> None:
    made, own = Outcomes(), flags()
    for ask in (own.is_enabled, own.variant, lambda key, **user: own.value(key, 1, **user)):
        with made.request():
            ask(FLAG, number=2)
            ask(FLAG, number=3)
    made.write()
    assert counted(tmp_path)["true", "ok"] == 3


def test_an_exception_is_a_failure_and_goes_on(environment: Mapping[str, str], tmp_path: Path) -> None:
    made, own = Outcomes(), flags()
    with pytest.raises(ValueError), made.request():
        own.is_enabled(FLAG, number=2)
        raise ValueError
    made.write()
    assert counted(tmp_path)["true", "failed"] == 1


@pytest.mark.parametrize(("status", "result"), [("200 OK", "ok"), ("404 No", "ok"), ("503 Busy", "failed")])
def test_wsgi(environment: Mapping[str, str], tmp_path: Path, status: str, result: str) -> None:
    own, made = flags(), Outcomes()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        own.is_enabled(FLAG, number=1)
        return [b"a", b"b"]

    assert list(made.wsgi(app)({}, lambda *_: None)) == [b"a", b"b"]
    made.write()
    assert counted(tmp_path)["false", result] == 1


@pytest.mark.parametrize(("status", "result"), [(200, "ok"), (500, "failed")])
def test_asgi_in_tasks_of_the_request_too(
    environment: Mapping[str, str], tmp_path: Path, status: int, result: str
) -> None:
    own, made = flags(), Outcomes()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def ask() -> None:
            own.is_enabled(FLAG, number=2)

        await asyncio.create_task(ask())
        await send({"type": "http.response.start", "status": status})

    async def sent(message: Any) -> None:
        assert message["status"] == status

    asyncio.run(made.asgi(app)({"type": "http"}, None, sent))  # type: ignore[arg-type]
    made.write()
    assert counted(tmp_path)["true", result] == 1


def test_a_request_that_never_ends_has_failed(
    environment: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, own = Outcomes(), flags()
    with made.request():
        own.is_enabled(FLAG, number=2)
        monkeypatch.setattr(outcomes, "HUNG_SECONDS", -1.0)
        made.write()
        assert counted(tmp_path)["true", "failed"] == 1
    made.write()
    assert sum(counted(tmp_path).values()) == 1, "and is not counted twice"


def test_a_forked_child_counts_in_a_file_of_its_own(environment: Mapping[str, str], tmp_path: Path) -> None:
    made, own = Outcomes(), flags()
    with made.request():
        own.is_enabled(FLAG, number=2)
    if (child := os.fork()) == 0:
        with made.request():
            own.is_enabled(FLAG, number=2)
        made.write()
        os._exit(0)
    os.waitpid(child, 0)
    made.write()
    files = sorted(tmp_path.glob("*.prom"))
    each = [sum(value for _, labels, value in lines(path) if labels.get("result") == "ok") for path in files]
    assert each == [1, 1]


def test_without_a_platform_nothing_is_counted_or_written(tmp_path: Path) -> None:
    made = Outcomes({})
    with made.request() as request:
        flags().is_enabled(FLAG, number=2)
        assert request.asked == {}
    made.write()
    assert not list(tmp_path.iterdir())


def test_who_writes_rests_with_the_requests_and_begins_again(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    made, own = Outcomes(), flags()
    for total in (1, 2):
        with made.request():
            own.is_enabled(FLAG, number=2)
        writers_rest()
        assert counted(tmp_path)["true", "ok"] == total


def test_a_folder_that_cannot_be_written_costs_no_request_and_is_told_once(
    environment: Mapping[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").touch()
    made = Outcomes({**environment, "SHIPWAY_EXPOSURES": str(tmp_path / "taken")})
    for _ in range(2):
        with made.request():
            pass
        made.write()
    writers_rest()
    assert caplog.text.count("cannot be counted") == 1
