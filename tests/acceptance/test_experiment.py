"""Both versions with users of their own, until somebody decides on what was seen."""

import asyncio
import json
import os
import sys

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from acceptance.test_evidence import APP, taken_back
from shipway.model.command import Promote
from shipway.model.event import Held, StageEntered

WISH = {
    "platform": {"process": {"replicas": 1}},
    "experiment": {"split": "50%", "lasts": "7s"},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "0s"},
    "drain": "1s",
}


async def reported(stand: Stand) -> dict[str, dict[str, float]]:
    """As a script reads it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shipway", "report", "--json", "--service", stand.service),
        env=os.environ | {"SHIPWAY_HOME": str(stand.home.path)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    found: dict[str, dict[str, float]] = json.loads(output)
    return found


@on_a_stand(**WISH)
async def test_it_waits_for_a_person_with_both_versions_side_by_side(stand: Stand) -> None:
    stand.command(APP)
    await stand.ship_first("1.8.2")
    users = stand.users(rate=120.0, connections=30)
    stand.environment(MEDIAN_MS="6")
    await stand.submit("1.9.0", strategy="experiment")
    state = await stand.until(lambda state: bool(state.run and state.run.hold), "it waits")
    assert state.run and state.run.hold and state.run.hold.rule == "decision"
    assert not [
        event for event in await stand.events(Held) if isinstance(event, Held) and event.rule != "decision"
    ]
    report = await reported(stand)
    assert report["stable"]["requests"] > 100 and report["candidate"]["requests"] > 100
    assert (report["stable"]["version"], report["candidate"]["version"]) == ("1.8.2", "1.9.0")
    assert report["division"]["users"] == 0.5
    await stand.ask(Promote())
    await stand.until(lambda state: bool(state.run and state.run.stage.name == "all"), "it goes on")
    await nothing_was_lost(users)


@on_a_stand(**WISH)
async def test_harm_ends_it_at_once(stand: Stand) -> None:
    stand.command(APP)
    await stand.ship_first("1.8.2")
    stand.users(rate=120.0, connections=30)
    await asyncio.sleep(1.0)
    stand.change(experiment={"lasts": "60s"})
    stand.environment(FAILS="0.3")
    await stand.submit("1.9.0", strategy="experiment")
    assert "candidate errors" in await taken_back(stand)
    rules = [event.rule for event in await stand.events(StageEntered) if isinstance(event, StageEntered)]
    assert "asked" not in rules
