"""No request is lost by a deploy, whatever users and replicas speak; beside each a control that loses some."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from acceptance import grpc_app, h2c_app, speaking
from acceptance.speaking import Speaker, Users
from acceptance.stand import Stand, on_a_stand
from contract.certified import Authority
from shipway.model.certificate import Certificate

ANSWERED_MIN = 50


def runs(stand: Stand, module: object, protocol: str) -> None:
    script = Path(str(module.__file__))  # type: ignore[attr-defined]
    command = f"{sys.executable} {script} --port {{port}} --version {{version}}"
    stand.change(platform={"process": {"command": command, "protocol": protocol}})


async def nothing_is_lost(stand: Stand, *speakers: Speaker) -> None:
    """By a rolling deploy and by a canary; but by the death of the replicas some are."""
    await stand.ship_first("1.8.2")
    users = [Users(speaker, stand.port) for speaker in speakers]
    await stand.ship("1.9.0", strategy="rolling")
    await stand.ship("1.9.1", strategy="canary")
    for one in users:
        await one.stop()
        assert not one.lost, one.lost
        assert set(one.answered) == {"1.8.2", "1.9.0", "1.9.1"}
        assert one.answered.total() > ANSWERED_MIN
    await the_control_loses_some(stand, *speakers)


async def the_control_loses_some(stand: Stand, *speakers: Speaker) -> None:
    """Restarted without drain, as a script would."""
    users = [Users(speaker, stand.port) for speaker in speakers]
    for _ in range(2):
        for pid in (await stand.pids("checkout-1.9.1")).values():
            await asyncio.sleep(0.5)
            with suppress(ProcessLookupError):  # one that is just being started again
                os.kill(pid, signal.SIGKILL)
        await stand.eventually(stand.is_whole, "both replicas are ready again")
    for one in users:
        await one.stop()
        assert one.lost.total() > 0


def encrypted(stand: Stand) -> Authority:
    authority = Authority(stand.folder / "pem")
    authority.issue("127.0.0.1")
    stand.change(traffic={"envoy": {"tls": {"cert": "pem/fullchain.pem", "key": "pem/privkey.pem"}}})
    return authority


@on_a_stand()
async def test_http_1_1_over_tls(stand: Stand) -> None:
    verify = encrypted(stand).context()
    await nothing_is_lost(stand, speaking.http("https", http2=False, verify=verify))


@on_a_stand()
async def test_http_2_over_tls(stand: Stand) -> None:
    verify = encrypted(stand).context()
    await nothing_is_lost(stand, speaking.http("https", http2=True, verify=verify))


@on_a_stand()
async def test_h2c_to_users_and_to_replicas(stand: Stand) -> None:
    runs(stand, h2c_app, "h2c")
    await nothing_is_lost(stand, speaking.http("http", http2=True))


@on_a_stand(guard={"success_rate": None})
async def test_grpc_calls_and_streams(stand: Stand) -> None:
    runs(stand, grpc_app, "grpc")
    await nothing_is_lost(stand, speaking.unary, speaking.streaming)


@on_a_stand()
async def test_a_certificate_that_is_renewed_five_times_under_load_costs_no_request(stand: Stand) -> None:
    authority = encrypted(stand)
    await stand.ship_first("1.8.2")
    users = [
        Users(speaking.http("https", http2=two, verify=authority.context()), stand.port, count=10)
        for two in (False, True)
    ]
    for days in range(90, 95):
        ends_at = authority.issue_for_days(days, "127.0.0.1")

        async def is_taken_up(ends_at: float = ends_at) -> bool:
            routing = stand.seen.observed.routing if stand.seen and stand.seen.observed else None
            found: Certificate | None = routing.certificate if routing else None
            return found is not None and found.ends_at == ends_at

        await stand.eventually(is_taken_up, "the new certificate is served")
        before = [one.answered.total() for one in users]

        async def is_used(before: Sequence[int] = before) -> bool:
            return all(one.answered.total() >= was + 10 for one, was in zip(users, before, strict=True))

        await stand.eventually(is_used, "users are answered with it")
    for one in users:
        await one.stop()
        assert not one.lost, one.lost
        assert one.answered.total() >= ANSWERED_MIN
