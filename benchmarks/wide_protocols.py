"""Rows of `one_machine_wide`: requests of every protocol, while versions are deployed or certificates renewed.

The users are those of the tests: each on a connection of its own, without retries, and every fourth request takes
a while. A request is lost when its answer did not come whole, in the protocol that was asked for.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.wide import Row
from shipway.model.certificate import Certificate
from tests.acceptance import speaking
from tests.acceptance.speaking import Speaker, Users
from tests.acceptance.stand import Stand, open_stand
from tests.contract.certified import Authority

HOST = "127.0.0.1"
STRATEGIES = ("rolling", "canary", "blue-green")
DEPLOYS = 6
RENEWALS = 10
KILLS = 3
"""Of a control. Fewer: whoever dies again and again waits longer each time until it is started."""
ANSWERS = 10
"""Between two renewals, so many at least for each way to speak."""
RESTART_SECONDS = 0.5
"""Between two kills of the control."""
HOW = (
    f"{DEPLOYS} deploys, by rolling, canary and blue-green in turn, while five users for each way to speak ask "
    "again and again; every fourth request takes 0.3 s, and gRPC streams 1.5 s. The control kills the same "
    f"replicas one after the other, {KILLS} times, without draining."
)


async def tls(folder: Path) -> Row:
    """HTTP/1.1 and HTTP/2 to users."""
    async with open_stand(folder, **WISH) as stand:
        verify = encrypted(stand).context()
        both = [speaking.http("https", http2=two, verify=verify) for two in (False, True)]
        return await deployed(stand, "TLS with HTTP/1.1 and HTTP/2", both)


async def h2c(folder: Path) -> Row:
    """HTTP/2 without TLS, to users and to replicas."""
    async with open_stand(folder, **WISH) as stand:
        runs(stand, "h2c_app.py", "h2c")
        return await deployed(stand, "HTTP/2 to replicas (h2c)", [speaking.http("http", http2=True)])


async def grpc(folder: Path) -> Row:
    """Calls and streams."""
    async with open_stand(folder, **WISH, guard={"success_rate": None}) as stand:
        runs(stand, "grpc_app.py", "grpc")
        return await deployed(stand, "gRPC calls and streams", [speaking.unary, speaking.streaming])


async def certificates(folder: Path) -> Row:
    """Renewals under load; the control's proxy reads its certificate when it starts, so it is started again."""
    async with open_stand(folder, **WISH) as stand:
        stand.control()
        authority = encrypted(stand)
        await stand.ship_first("1.0.0")
        both = [speaking.http("https", http2=two, verify=authority.context()) for two in (False, True)]
        ours = begun(stand, both)
        for number in range(RENEWALS):
            await renewed(stand, authority, days=90 + number)
            await are_answered(stand, ours)
        lost, of = await ended(ours)
        control = begun(stand, both)
        for _ in range(KILLS):
            for pid in (await stand.pids("envoy")).values():
                os.kill(pid, signal.SIGTERM)
            await are_answered(stand, control)
        control_lost, control_of = await ended(control)
    return Row(
        name="renewals",
        claim=f"{RENEWALS} renewals of a certificate under load cost no request.",
        what=f"requests lost in {RENEWALS} certificate reloads",
        lost=lost,
        of=of,
        control=f"{KILLS} restarts of the proxy",
        control_lost=control_lost,
        control_of=control_of,
        how=(
            f"A new certificate and key are written {RENEWALS} times while ten users ask over HTTP/1.1 and 2; "
            f"each is in force before the next comes. The control ends the same Envoy {KILLS} times, and its "
            "supervisor starts it again."
        ),
    )


WISH: dict[str, object] = {"canary": {"bake": "1s"}, "rollback": {"window": "0s"}}


def runs(stand: Stand, application: str, protocol: str) -> None:
    """Have this application of the tests as the service."""
    script = Path(speaking.__file__).with_name(application)
    command = f"{sys.executable} {script} --port {{port}} --version {{version}}"
    stand.change(platform={"process": {"command": command, "protocol": protocol}})


def encrypted(stand: Stand) -> Authority:
    """Have TLS, with a certificate of an authority of its own."""
    authority = Authority(stand.folder / "pem")
    authority.issue(HOST)
    stand.change(traffic={"envoy": {"tls": {"cert": "pem/fullchain.pem", "key": "pem/privkey.pem"}}})
    return authority


async def deployed(stand: Stand, spoken: str, speakers: Sequence[Speaker]) -> Row:
    """Deploys under load, then the control on the same stand."""
    stand.control()
    await stand.ship_first("0.0.0")
    ours = begun(stand, speakers)
    for number in range(DEPLOYS):
        strategy = STRATEGIES[number % len(STRATEGIES)]
        await stand.ship(f"1.{number}.0", strategy=strategy)
        print(f"{spoken}: deploy {number + 1} of {DEPLOYS}, {strategy}", flush=True)
    lost, of = await ended(ours)
    control = begun(stand, speakers)
    for _ in range(KILLS):
        await killed(stand)
    control_lost, control_of = await ended(control)
    return Row(
        name=spoken.partition(" ")[0],
        claim=f"{DEPLOYS} deploys lose no request over {spoken}.",
        what=f"requests lost over {spoken}",
        lost=lost,
        of=of,
        control=f"{KILLS} times kill -9",
        control_lost=control_lost,
        control_of=control_of,
        how=f"{spoken}: {HOW}",
    )


def begun(stand: Stand, speakers: Sequence[Speaker]) -> Sequence[Users]:
    """Users of each kind, from now on."""
    return [Users(speaker, stand.port) for speaker in speakers]


async def ended(users: Sequence[Users]) -> tuple[int, int]:
    """How many requests were lost, and how many were sent."""
    lost: Counter[str] = Counter()
    for one in users:
        await one.stop()
        lost.update(one.lost)
    for what, number in lost.most_common(3):
        print(f"  {number} x {what}", flush=True)
    return lost.total(), lost.total() + sum(one.answered.total() for one in users)


async def killed(stand: Stand) -> None:
    """The replicas, one after the other, and until all are whole again."""
    for pid in (await stand.pids("checkout-")).values():
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(RESTART_SECONDS)
    await stand.eventually(stand.is_whole, "what was killed is back")


async def are_answered(stand: Stand, users: Sequence[Users]) -> None:
    """Some requests of each kind, from now on."""
    before = [one.answered.total() for one in users]

    async def they_are() -> bool:
        return all(one.answered.total() >= was + ANSWERS for one, was in zip(users, before, strict=True))

    await stand.eventually(they_are, "users are answered")


async def renewed(stand: Stand, authority: Authority, *, days: int) -> None:
    """Write a new pair, and wait until it is in force."""
    ends_at = authority.issue_for_days(days, HOST)

    async def is_in_force() -> bool:
        routing = stand.seen.observed.routing if stand.seen and stand.seen.observed else None
        found: Certificate | None = routing.certificate if routing else None
        return found is not None and found.ends_at == ends_at

    await stand.eventually(is_in_force, "the new certificate is served")
