"""What the endpoints say, and for which reasons."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shipway.health import Health, Phase
from shipway.health.answer import readiness

SECRET = "password=hunter2"


def ready(health: Health) -> tuple[int, dict[str, Any]]:
    answer = asyncio.run(health.ready())
    return answer.status, json.loads(answer.body)


def fail() -> None:
    raise ConnectionError(SECRET)


async def fail_later() -> None:
    raise ConnectionError(SECRET)


def test_an_application_without_dependencies_is_ready() -> None:
    status, body = ready(Health())
    assert (status, body["status"]) == (200, "ready")
    assert datetime.fromisoformat(body["timestamp"]).utcoffset() == timedelta()


def test_being_alive_asks_nobody() -> None:
    health = Health()
    health.depends_on("db", fail)
    answer = health.alive()
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "alive"})


@pytest.mark.parametrize("check", [fail, fail_later, lambda: fail_later(), lambda: False])
def test_a_failing_dependency_is_named_and_its_error_is_not(check: Any, caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    health.depends_on("cache", lambda: None)
    health.depends_on("db", check)
    status, body = ready(health)
    assert status == 503
    assert set(body) == {"status", "timestamp", "failing"}
    assert (body["status"], body["failing"]) == ("not ready", ["db"])
    assert SECRET not in json.dumps(body)


def test_the_error_of_a_dependency_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    health.depends_on("db", fail)
    ready(health)
    assert SECRET in caplog.text


def test_a_blocking_check_that_hangs_fails_at_its_deadline_and_holds_nothing_up() -> None:
    health, release = Health(), threading.Event()
    health.depends_on("db", release.wait, deadline_seconds=0.05)
    assert ready(health)[1]["failing"] == ["db"]
    assert threading.active_count() < 10
    release.set()


def test_a_check_that_hangs_is_not_started_again() -> None:
    health, release, began = Health(), threading.Event(), []

    def hang() -> None:
        began.append(True)
        release.wait()

    health.depends_on("db", hang, deadline_seconds=0.05)
    assert [ready(health)[0], ready(health)[0]] == [503, 503]
    release.set()
    assert len(began) == 1


def test_an_async_check_that_hangs_fails_at_its_deadline() -> None:
    health = Health()
    health.depends_on("db", asyncio.Event().wait, deadline_seconds=0.05)
    assert ready(health)[1]["failing"] == ["db"]


def test_checks_run_at_the_same_time() -> None:
    """Each of the two ends only when the other runs too."""
    health, both = Health(), threading.Barrier(2)
    health.depends_on("db", lambda: both.wait(20), deadline_seconds=20)
    health.depends_on("cache", lambda: both.wait(20), deadline_seconds=20)
    assert ready(health)[0] == 200


def test_a_process_that_was_told_to_end_is_not_ready_but_alive() -> None:
    health = Health()
    health.phase = Phase.DRAINING
    assert ready(health)[1]["failing"] == ["shutdown"]
    assert health.alive().status == 200


def test_a_signal_during_the_checks_makes_it_not_ready() -> None:
    health = Health()

    async def signalled() -> None:
        health.phase = Phase.DRAINING

    health.depends_on("db", signalled)
    assert ready(health)[0] == 503


@pytest.mark.parametrize("name", ["db", "shutdown"])
def test_a_name_is_given_once(name: str) -> None:
    health = Health()
    health.depends_on("db", lambda: None)
    with pytest.raises(ValueError, match=name):
        health.depends_on(name, lambda: None)


def test_timestamps_are_utc() -> None:
    noon = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(readiness([], noon).body)["timestamp"] == "2026-01-02T10:00:00.000Z"
    assert noon.astimezone(UTC).hour == 10
