"""A release on a disk that becomes full: `full_disk.py FOLDER HOW`, where FOLDER is a tiny disk of its own.

Prints what was seen, a word and its value on a line.
"""

import asyncio
import contextlib
import shutil
import sys
from pathlib import Path

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, open_stand
from shipway.errors import ShipwayError
from shipway.model.command import Rollback
from shipway.model.event import RunStarted

SECONDS = 6.0
"""How long the disk stays full: longer than several looks, shorter than a lease and more."""


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Take all room but so much."""
    path = folder / "filler"
    with path.open("ab", buffering=0) as file:
        for size in (1_000_000, 4_096, 1):
            with contextlib.suppress(OSError):
                while shutil.disk_usage(folder).free > leave:
                    file.write(bytes(size))
    return path


def say(word: str, value: object) -> None:
    print(word, value, flush=True)


async def goes_on(stand: Stand) -> None:
    """Full in the middle of a canary, and again empty: nobody notices, nothing is decided meanwhile."""
    load = stand.users()
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    stand.home.path.joinpath("reserve").unlink(missing_ok=True)
    filler = fill(stand.folder)
    before = (await stand.state()).position
    await asyncio.sleep(SECONDS)
    say("written", (await stand.state()).position - before)
    say("serves", await version_at(stand.port) in ("1.8.2", "1.9.0"))
    filler.unlink()
    past = await stand.ended()
    say("outcome", past.outcome)
    say("runs", len(await stand.events(RunStarted)))
    await nothing_was_lost(load)
    say("lost", 0)


async def taken_back(stand: Stand) -> None:
    """Full, and somebody wants back: what was held in reserve is enough to write that down."""
    load = stand.users()
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    say("reserve", stand.home.path.joinpath("reserve").exists())
    filler = fill(stand.folder)
    say("full", shutil.disk_usage(stand.folder).free)
    deadline = asyncio.get_running_loop().time() + 30.0
    while True:
        try:
            await stand.ask(Rollback())
            break
        except ShipwayError as error:
            assert asyncio.get_running_loop().time() < deadline, error
            await asyncio.sleep(0.2)
    past = await stand.ended()
    say("outcome", past.outcome)
    say("recovered", past.recovered_at is not None)
    say("filled", filler.stat().st_size > 0)
    await nothing_was_lost(load)
    say("lost", 0)


async def main(folder: Path, how: str) -> None:
    async with open_stand(folder, canary={"stages": ["20%", "100%"], "bake": "3s"}) as stand:
        stand.control()
        await stand.ship_first("1.8.2")
        await globals()[how](stand)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
