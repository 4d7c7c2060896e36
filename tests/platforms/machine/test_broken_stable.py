"""When the version to go back to is itself broken, it never blocks its own fix."""

import asyncio

import msgspec

from acceptance.asking import version_at
from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.model.command import Rollback
from shipway.model.release import Release

BREAKS_LATER = """
import os, pathlib, runpy, sys
broken = pathlib.Path(os.environ["BROKEN"])
if broken.exists() and "1.9.0" in sys.argv:
    sys.exit(1)
sys.argv[0] = "checkout"
runpy.run_module("shipway.demo.app.checkout", run_name="__main__")
"""


async def ship_and_break(stand: Stand) -> None:
    """1.8.2 was kept; 1.9.0 is stable, and from now on every start of it fails."""
    script = stand.folder / "shop.py"
    script.write_text(BREAKS_LATER)
    stand.command(str(script), BROKEN=str(stand.folder / "broken"))
    await stand.ship_first("1.8.2")
    await stand.ship("1.9.0", strategy="blue-green")
    (stand.folder / "broken").touch()
    for name in await stand.pids("checkout-1.9.0"):
        await stand.supervisor.signal(name, "KILL")
    await stand.eventually(lambda: nobody_answers(stand), "the stable version is broken")


async def nobody_answers(stand: Stand) -> bool:
    try:
        return await version_at(stand.port) == ""
    except (OSError, asyncio.IncompleteReadError):
        return True


@on_a_stand()
async def test_a_broken_stable_version_is_rolled_back_to_a_kept_one(stand: Stand) -> None:
    await ship_and_break(stand)
    first = (await stand.shipway.store.revisions.all(SERVICE))[0]
    release = msgspec.structs.replace(msgspec.json.decode(first.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    assert await version_at(stand.port) == "1.8.2"


@on_a_stand()
async def test_a_broken_stable_version_does_not_keep_its_fix_from_rolling_out(stand: Stand) -> None:
    await ship_and_break(stand)
    assert (await stand.deploy("1.9.1", strategy="rolling")).outcome == "finished"
    assert await version_at(stand.port) == "1.9.1"
