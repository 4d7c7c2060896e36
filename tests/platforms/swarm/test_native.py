"""Releases that the Swarm carries out with its own update, a batch of the plan at a time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.swarm.shop import platform, told
from platforms.swarm.swarm_stand import inspected, services
from shipway.errors import ShipwayError
from shipway.model.command import Accept
from shipway.model.event import DriftAdopted, DriftSeen

pytestmark = pytest.mark.real

PAUSED = {"rolling": {"batches": 3, "pause": "5s"}, "rollback": {"window": "0s"}}


def update(order: str = "start-first", **options: Any) -> dict[str, Any]:
    """For a service of three replicas."""
    return {"update": {"order": order, "monitor": "1s"}, "replicas": 3, **options}


@pytest.mark.parametrize("order", ["start-first", "stop-first"])
def test_a_release_loses_no_request(swarm: Engine, tmp_path: Path, order: str) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        assert services(swarm, stand.service) == [stand.service]
        load, long = stand.users(), LongRequests(stand.port)
        await stand.submit("1.9.0")
        await stand.reached(1)
        found = inspected(swarm, stand.service)["Spec"]["UpdateConfig"]
        assert (found["Order"], found["Parallelism"], found["FailureAction"]) == (order, 1, "pause")
        assert (await stand.ended()).outcome == "finished"
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert services(swarm, stand.service) == [stand.service]

    told(swarm, tmp_path, story, swarm=update(order), **PAUSED)


@pytest.mark.parametrize("hand", ["rollback", "scale", "update"])
def test_what_somebody_does_natively_holds_the_release_until_it_is_accepted(
    swarm: Engine, tmp_path: Path, hand: str
) -> None:
    words = {
        "rollback": ("service", "rollback", "--detach"),
        "scale": ("service", "update", "--detach", "--replicas", "5"),
        "update": ("service", "update", "--detach", "--env-add", "DEBUG=1"),
    }[hand]

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0")
        await stand.reached(1)
        await asyncio.to_thread(swarm.ask, *words, stand.service)
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert f"{stand.service} was changed in the Swarm by other hands" in state.run.hold.reason
        assert len(await stand.events(DriftSeen)) == 1
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")

    told(swarm, tmp_path, story, swarm=update(), rolling={"batches": 3, "pause": "5s"}, rollback={"window": "0s"})


def test_what_somebody_does_natively_is_put_back_where_the_file_says_so(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0")
        await stand.reached(1)
        await asyncio.to_thread(swarm.ask, "service", "update", "--detach", "--replicas", "5", stand.service)
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert inspected(swarm, stand.service)["Spec"]["Mode"]["Replicated"]["Replicas"] == 3
        assert await stand.events(DriftSeen)

    told(swarm, tmp_path, story, swarm=update(), drift="revert", **PAUSED)


def test_a_number_of_tasks_of_one_version_is_the_services_from_then_on(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0")
        await stand.until(lambda state: bool(state.run and state.run.row > state.run.plan.promoted), "all have it")
        await asyncio.to_thread(swarm.ask, "service", "scale", "--detach", f"{stand.service}=5")
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "five of the new version are left")
        assert inspected(swarm, stand.service)["Spec"]["Mode"]["Replicated"]["Replicas"] == 5
        (adopted,) = await stand.events(DriftAdopted)
        assert (adopted.by, adopted.replicas) == ("docker service scale", 5)
        await nothing_was_lost(load)

    told(swarm, tmp_path, story, swarm=update(), drift="adopt", rollback={"window": "15s"})


def test_what_needs_a_second_set_is_refused_before_anything_begins(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        stand.wish["smoke"] = "true"
        with pytest.raises(ShipwayError, match="A Swarm's own update cannot do a smoke test") as caught:
            await stand.submit("1.9.0")
        assert len(str(caught.value).splitlines()) == 4

    told(swarm, tmp_path, story, swarm=update())


def test_strategies_that_choose_replicas_are_refused_before_anything_begins(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        with pytest.raises(ShipwayError, match="A Swarm's own update cannot do canary") as caught:
            await stand.submit("1.9.0", strategy="canary")
        assert len(str(caught.value).splitlines()) == 4

    told(swarm, tmp_path, story, swarm=update())


def test_a_service_goes_over_to_the_swarms_own_update_and_back(swarm: Engine, tmp_path: Path) -> None:
    """Of the one form and of the other, replicas stand side by side meanwhile."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        assert len(services(swarm, stand.service)) == 2
        load = stand.users()
        stand.wish["platform"] = platform(swarm, update={"monitor": "1s"})
        await stand.ship("1.9.0")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert services(swarm, stand.service) == [stand.service]
        stand.wish["platform"] = platform(swarm)
        await stand.ship("1.9.2", strategy="blue-green")
        await stand.eventually(stand.is_at_rest, "only the newest version is left")
        assert len(services(swarm, f"{stand.service}-1-9-2")) == 2 == len(services(swarm, stand.service))
        await nothing_was_lost(load)

    told(swarm, tmp_path, story)
