"""`shipway deploy --foreground`: this process is the controller, and never leaves exposed users without one."""

import asyncio
import contextlib
import time

from shipway.app import Shipway, controller_name
from shipway.cli.render.paint import filled
from shipway.cli.shell.asked import Asked, Watched
from shipway.cli.shell.following import Followed
from shipway.cli.shell.steering import answered
from shipway.cli.shell.terminal import err
from shipway.cli.shell.watching import Watcher, stopping
from shipway.engine.controller import Controller
from shipway.errors import Exit, PortError, ShipwayError
from shipway.spec.load import Loaded

HAND_OVER_SECONDS = 30.0
LOOK_SECONDS = 0.1


async def in_foreground(shipway: Shipway, loaded: Loaded, version: str, *, asked: Asked, watched: Watched) -> int:
    """Drive and watch the release; on leaving a background controller owns the service."""
    name = loaded.file.service
    controller = shipway.controller(controller_name())
    number = await shipway.deploy(loaded, version, strategy=asked.strategy, during=asked.during)
    driving = asyncio.create_task(controller.run())
    try:
        return await _watched(shipway, name, number, watched)
    finally:
        await _handed_over(shipway, name, controller, driving)


async def _watched(shipway: Shipway, name: str, number: int, watched: Watched) -> Exit:
    await answered(shipway, name, number)
    watcher = Watcher(shipway.home, name, Followed(command=number), wait=watched.wait, as_json=watched.json)
    with stopping() as stopped:
        return await watcher.watch(stopped)


async def _handed_over(shipway: Shipway, name: str, controller: Controller, driving: asyncio.Task[None]) -> None:
    """First a controller in the background, then our leases go, then it is seen to own the service."""
    try:
        await shipway.ensure_controller()
    except PortError as error:
        await _stay(error, driving)
    controller.stop()
    await driving
    await _until_owned(shipway, name, other_than=controller.name)


async def _stay(error: ShipwayError, driving: asyncio.Task[None]) -> None:
    """Nobody can take over: the guard goes on here until somebody insists."""
    screen = err()
    said = f"No background controller can take over: {error.what}. The guard goes on here; Ctrl-C again to leave."
    screen.all(filled(said, head=f"{screen.paint.bad('✗')} "))
    with stopping() as insisted:
        leaving = asyncio.create_task(insisted.wait())
        await asyncio.wait((leaving, driving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaving


async def _until_owned(shipway: Shipway, name: str, *, other_than: str) -> None:
    """Raises `PortError` when no other controller owns the service in time."""
    deadline = time.monotonic() + HAND_OVER_SECONDS
    while time.monotonic() < deadline:
        lease = await shipway.store.leases.holder(name)
        if lease is not None and lease.owner != other_than:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise PortError(
        "No background controller has taken the service over",
        where=f"service {name}",
        why=f"It was started, but did not take the lease within {HAND_OVER_SECONDS:.0f} s; nobody guards now.",
        fix="`shipway serve` runs one here; controller.log below SHIPWAY_HOME tells why it does not start.",
    )
