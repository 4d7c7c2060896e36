"""Releases of pods behind a real Traefik that goes by an HTTPRoute of the user's, under load."""

import asyncio
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import Gateway
from platforms.kubernetes.shop import Shop, bad_version_goes_back
from platforms.kubernetes.ways import ROUTE, behind_a_gateway, told
from shipway.cli.shell.ejecting import ejected
from shipway.model.command import Accept

pytestmark = pytest.mark.real

CANARY = {"stages": ["20%", "100%"], "bake": "2s", "sticky": None}
HELD = {"canary": {**CANARY, "bake": "10s"}, "rollback": {"window": "0s"}}


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_loses_no_request(cluster: Cluster, gateway: Gateway, tmp_path: Path, strategy: str) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy=strategy)
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        assert made.backends() == [("checkout-1-9-0", 1)]

    told(behind_a_gateway(cluster, tmp_path, gateway=gateway, canary=CANARY), story)


def test_a_version_that_fails_is_taken_back(cluster: Cluster, gateway: Gateway, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        await bad_version_goes_back(made)
        assert made.backends() == [("checkout-1-8-2", 1)]

    stages = {"stages": ["50%", "100%"], "bake": "1m", "sticky": None}
    told(behind_a_gateway(cluster, tmp_path, gateway=gateway, canary=stages), story)


def test_weights_that_somebody_changes_hold_the_release_until_they_are_accepted(
    cluster: Cluster, gateway: Gateway, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        change = '[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 7}]'
        await asyncio.to_thread(made.kubectl, "patch", "httproute", ROUTE, "--type=json", f"--patch={change}")
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert "kubectl-patch changed the backends of HTTPRoute checkout" in state.run.hold.reason
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        await nothing_was_lost(load)

    told(behind_a_gateway(cluster, tmp_path, gateway=gateway, **HELD), story)


def test_a_route_that_somebody_deletes_is_made_again_once_that_is_accepted(
    cluster: Cluster, gateway: Gateway, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        await asyncio.to_thread(made.kubectl, "delete", "httproute", ROUTE)
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert "somebody deleted HTTPRoute checkout" in state.run.hold.reason
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        found = made.read("httproute", ROUTE)
        assert found["metadata"]["labels"] == {"team": "shop"}
        load = stand.users()
        await asyncio.sleep(2.0)
        await nothing_was_lost(load)

    told(behind_a_gateway(cluster, tmp_path, gateway=gateway, **HELD), story)


def test_a_controller_that_is_killed_as_it_switches_is_followed_by_another(
    cluster: Cluster, gateway: Gateway, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        await stand.uncontrolled()
        load = stand.users()
        first = await stand.serve()
        await stand.submit("1.9.0", strategy="blue-green")

        async def is_written() -> bool:
            return await asyncio.to_thread(made.backends) == [("checkout-1-9-0", 1)]

        await stand.eventually(is_written, "the switch is written")
        first.kill()
        await first.wait()
        stand.control()
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(load)

    told(behind_a_gateway(cluster, tmp_path, gateway=gateway), story)


def test_a_route_is_handed_back_as_it_was(cluster: Cluster, gateway: Gateway, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        before = made.read("httproute", ROUTE)
        await stand.ship_first("1.8.2")
        await stand.ship("1.9.0", strategy="blue-green")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        load = stand.users()
        await stand.uncontrolled()
        found = await ejected(stand.home, stand.service, tmp_path / "ejected", does_it=True)
        assert found.is_done
        after = made.read("httproute", ROUTE)
        assert (after["spec"], after["metadata"]["labels"]) == (before["spec"], before["metadata"]["labels"])
        left = made.kubectl(
            "get", "httproutes,services", "--selector=app.kubernetes.io/managed-by=shipway", "-o", "name"
        )
        assert left == ""
        await asyncio.sleep(2.0)
        counts = await nothing_was_lost(load)
        assert set(counts.answered) == {"1.9.0"}

    told(behind_a_gateway(cluster, tmp_path, gateway=gateway, rollback={"window": "0s"}), story)
