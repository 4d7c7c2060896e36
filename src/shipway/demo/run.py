"""`shipway demo`: a shop under load, good and bad releases, and a table of what users noticed."""

import asyncio
import tempfile
import time
from pathlib import Path

from shipway.demo.load import Counts, Load
from shipway.demo.stage import Stage
from shipway.demo.table import closing
from shipway.errors import Exit
from shipway.home import Home
from shipway.model.past import Past

RATE = 300.0
"""Requests a second, kept up through everything."""
SERVICE = "checkout"
FIRST, GOOD, BAD, GREEN, ROLLED = "1.8.2", "1.9.0", "1.10.0", "1.9.1", "1.9.2"
PATIENCE_SECONDS = 30.0


def demo() -> int:
    """Play it in a folder of its own; everything is gone afterwards. Returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="shipway-demo-") as folder:
        return asyncio.run(_demo(Stage(Path(folder))))


async def _demo(stage: Stage) -> int:
    began = time.monotonic()
    stage.prepare()
    _say("A small shop with three replicas. This is all that Shipway is told:")
    print((stage.folder / "shipway.yaml").read_text())
    try:
        codes = [await stage.run("deploy", FIRST)]
        load = Load("127.0.0.1", stage.listen, rate=RATE)
        load.start()
        _say(f"From here on, users send {RATE:.0f} requests a second, without a pause.")
        codes += await _releases(stage)
        counts = await load.stop()
        past = await _past(stage)
    finally:
        await stage.strike()
    print(closing(counts, past, bad=BAD, seconds=time.monotonic() - began))
    return _judged(codes, counts, past)


async def _releases(stage: Stage) -> list[int]:
    _say(f"A good version, as a canary: {GOOD}. Each stage is left once the guard has evidence.")
    codes = [await stage.run("deploy", GOOD, "--wait", "window")]
    _say(f"A bad one: {BAD} fails half of its requests. Nobody has to watch.")
    codes.append(await stage.run("deploy", BAD, "--wait", "window"))
    await stage.run("why")
    _say(f"Blue-green: {GREEN} gets a full second set, then one switch.")
    codes.append(await stage.run("deploy", GREEN, "--strategy", "blue-green", "--wait", "window"))
    _say(f"Rolling: {ROLLED} replaces one replica after the other.")
    codes.append(await stage.run("deploy", ROLLED, "--strategy", "rolling", "--wait", "window"))
    await stage.run("history")
    return codes


async def _past(stage: Stage) -> tuple[Past, ...]:
    from shipway.app import Shipway

    with Shipway(Home(stage.home)) as shipway:
        return (await shipway.state(SERVICE)).past


def _judged(codes: list[int], counts: Counts, past: tuple[Past, ...]) -> int:
    """The demo holds what it says, or fails."""
    wanted = [Exit.DONE, Exit.DONE, Exit.ROLLED_BACK, Exit.DONE, Exit.DONE]
    taken_back = any(run.outcome == "rolled-back" and run.recovered_at for run in past)
    if codes == wanted and taken_back and counts.lost_total == 0:
        return Exit.DONE
    print(f"The demo did not go as it should: exit codes {codes}, wanted {[int(code) for code in wanted]}.")
    return Exit.INTERNAL


def _say(text: str) -> None:
    print(f"\n── {text}", flush=True)
