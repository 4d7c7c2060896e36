"""A person pulls the cord, at a prompt, while users are served."""

import asyncio
import json
import os
import sys

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from shipway.errors import Exit
from shipway.model.event import Held, WentBack

SAID = "orders are charged twice"


async def typed(stand: Stand, *words: str) -> tuple[int, str]:
    """A command's exit code, and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shipway", *words, "--service", stand.service),
        env=os.environ | {"SHIPWAY_HOME": str(stand.home.path)},
        cwd=stand.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def report(stand: Stand, severity: str) -> str:
    code, said = await typed(stand, "report-harm", "--severity", severity, "--reason", SAID, "--by", "helpdesk")
    assert code == Exit.DONE, said
    return said


@on_a_stand(canary={"stages": ["20%", "100%"], "bake": "10m"})
async def test_critical_harm_takes_traffic_back_as_a_verdict_does_and_says_who_said_it(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    code, said = await typed(stand, "report-harm", "--severity", "high", "--reason", SAID)
    assert code == Exit.REFUSED and len([line for line in said.splitlines() if line.strip()]) >= 4, said
    load = stand.users()
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    assert "The release goes back" in await report(stand, "critical")
    past = await stand.ended()
    assert past.outcome == "rolled-back" and past.recovered_at is not None
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "critical" and back.row == 0
    assert back.reason.startswith("helpdesk (by way of ") and SAID in back.reason
    _, told = await typed(stand, "history", "--json")
    assert SAID in json.loads(told)[0]["reason"]
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand(canary={"stages": ["20%", "100%"], "bake": "10m"})
async def test_medium_harm_holds_the_stage_until_somebody_overrules_it(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    await report(stand, "medium")
    await stand.until(lambda state: state.run is not None and "medium" in state.run.marks, "it is heeded")
    code, said = await typed(stand, "why")
    assert code == Exit.DONE and "helpdesk" in said and SAID in " ".join(said.split())
    code, said = await typed(stand, "resume")
    assert code == Exit.DONE, said
    await stand.until(lambda state: state.run is not None and not state.run.reports, "it is overruled")
    assert not await stand.events((WentBack, Held))
