"""Docker's own commands in the middle of a release: each is seen, and then held or put back as `drift:` says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.docker.shop import shop
from shipway.engine.state import ServiceState
from shipway.model.command import Accept

pytestmark = pytest.mark.real
HALVES = {"canary": {"stages": ["50%", "100%"], "bake": "5s"}, "rollback": {"window": "0s"}}
Hand = Callable[[Engine, str], None]


def told(engine: Engine, folder: Path, story: Callable[[Stand], Awaitable[None]], **wish: object) -> None:
    """Play a story on a stand."""

    async def played() -> None:
        async with shop(engine, folder, **wish) as stand:
            await story(stand)

    asyncio.run(played())


def removed(engine: Engine, name: str) -> None:
    engine.ask("rm", "--force", name)


def updated(engine: Engine, name: str) -> None:
    engine.ask("update", "--memory", "256m", "--memory-swap", "512m", name)


def disconnected(engine: Engine, name: str) -> None:
    (network,) = engine.inspect(name)["NetworkSettings"]["Networks"]
    engine.ask("network", "disconnect", network, name)


def swapped(engine: Engine, name: str) -> None:
    """As a script would: the same name and labels, another image."""
    labels = engine.inspect(name)["Config"]["Labels"]
    told = [word for key, text in labels.items() for word in ("--label", f"{key}={text}")]
    engine.ask("tag", APP_IMAGE, "shipway/swapped:1")
    engine.ask("rm", "--force", name)
    engine.ask("run", "--detach", "--name", name, "--network", "none", *told, "shipway/swapped:1", "sleep", "600")


def renamed(engine: Engine, name: str) -> None:
    engine.ask("rename", name, f"{name}-old")


HANDS = [
    (renamed, "was changed in Docker by other hands: it was renamed"),
    (removed, "was removed from Docker by other hands"),
    (updated, "was changed in Docker by other hands: it may take 256 MiB"),
    (disconnected, "was changed in Docker by other hands: it left the network"),
    (swapped, "was changed in Docker by other hands: it runs shipway/swapped:1"),
]


@pytest.mark.parametrize(("hand", "said"), HANDS, ids=[hand.__name__ for hand, _ in HANDS])
def test_what_somebody_does_to_a_container_holds_the_release_until_it_is_accepted(
    engine: Engine, tmp_path: Path, hand: Hand, said: str
) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = engine.named(f"{stand.service}-1.8.2")[0]
        await asyncio.to_thread(hand, engine, name)

        def is_held(state: ServiceState) -> bool:
            """One that is swapped may be seen stopped before."""
            seen = state.run.drift if state.run and state.run.hold else ()
            return any(f"{name} {said}" in what for what in seen)

        await stand.until(is_held, "it is held")
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")

    told(engine, tmp_path, story, **HALVES)


@pytest.mark.parametrize("hand", [updated, renamed])
def test_what_somebody_changes_is_replaced_without_a_lost_request_where_the_file_says_so(
    engine: Engine, tmp_path: Path, hand: Hand
) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = engine.named(f"{stand.service}-1.9.0")[0]
        hand(engine, name)
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(load, long)
        assert not engine.named(name)

    told(engine, tmp_path, story, drift="revert", **HALVES)
