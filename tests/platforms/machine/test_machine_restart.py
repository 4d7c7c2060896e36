"""After a restart of the machine traffic comes back through supervisord alone, without any command of ours."""

import asyncio
import subprocess
import sys

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, kill_all, on_a_stand


async def answers(stand: Stand, version: str) -> bool:
    try:
        return await version_at(stand.port) == version
    except (OSError, asyncio.IncompleteReadError):
        return False


@on_a_stand(controlled=False)
async def test_everything_comes_back_when_only_supervisord_is_started(stand: Stand) -> None:
    stand.control()
    await stand.ship_first("1.8.2")
    await stand.uncontrolled()
    assert kill_all(stand.home)
    start_supervisord(stand)
    await stand.eventually(lambda: answers(stand, "1.8.2"), "traffic is back")
    stand.control()
    load = stand.users()
    await stand.ship("1.9.0")
    await nothing_was_lost(load)


def start_supervisord(stand: Stand) -> None:
    """As an init system does."""
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(stand.supervisor.places.configuration)]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL, start_new_session=True)
