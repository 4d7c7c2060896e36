"""What other hands change is held with a reason, until somebody lets Shipway overwrite it."""

import json
import subprocess
import sys

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.engine.state import ServiceState
from shipway.model.command import Accept
from shipway.model.event import DriftAccepted

PAUSED = {"rolling": {"pause": "2s"}}


def is_held_for_drift(state: ServiceState) -> bool:
    return state.run is not None and state.run.hold is not None and state.run.hold.rule == "drift"


@on_a_stand(**PAUSED)
async def test_a_route_edited_by_hand_holds_the_release_until_it_is_accepted(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.submit("1.9.0")
    await stand.reached(1)
    edit_route(stand)
    state = await stand.until(is_held_for_drift, "the release is held")
    assert state.run is not None and state.run.hold is not None
    assert "rds.json was changed by other hands" in state.run.hold.reason
    await stand.ask(Accept())
    assert (await stand.ended()).outcome == "finished"
    assert len(await stand.events(DriftAccepted)) == 1
    await nothing_was_lost(load)
    assert await version_at(stand.port) == "1.9.0"


def edit_route(stand: Stand) -> None:
    """As an operator would: all traffic to 1.8.2, in an editor that replaces the file."""
    path = stand.home.path / "envoy" / "services" / SERVICE / "rds.json"
    written = json.loads(path.read_text())
    [host] = written["resources"][0]["virtual_hosts"]
    for rule in host["routes"]:
        if clusters := rule["route"].get("weighted_clusters", {}).get("clusters"):
            for cluster in clusters:
                cluster["weight"] = 100_000 if "1.8.2" in cluster["name"] else 0
    new = path.with_name("edited")
    new.write_text(json.dumps(written))
    new.replace(path)


@on_a_stand(**PAUSED)
async def test_a_replica_stopped_by_hand_holds_the_release_until_it_is_accepted(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0")
    await stand.reached(1)
    [stopped] = await stand.pids("checkout-1.8.2")
    supervisorctl(stand, "stop", stopped)
    state = await stand.until(is_held_for_drift, "the release is held")
    assert state.run is not None and state.run.hold is not None
    assert f"{stopped} was stopped in the supervisor by other hands" in state.run.hold.reason
    await stand.ask(Accept())
    assert (await stand.ended()).outcome == "finished"
    assert await version_at(stand.port) == "1.9.0"


def supervisorctl(stand: Stand, *arguments: str) -> None:
    configuration = stand.supervisor.places.configuration
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(configuration), *arguments]
    subprocess.run(command, check=True, timeout=30, stdout=subprocess.DEVNULL)
