"""A controller as a process: its signals, its log, and what it does when its supervisor is gone."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast

import structlog

from shipway.adapters.stores.failures import NO_ROOM
from shipway.adapters.supervisor import Supervisor
from shipway.app import CONTROLLER, Shipway, controller_name
from shipway.cli.shell.watching import stopping
from shipway.engine.controller import Controller
from shipway.errors import Exit, PortError
from shipway.home import find

ORPHAN_LOOK_SECONDS = 1.0
PROGRAM = "SHIPWAY_PROGRAM"
"""Set by our supervisor for what it starts."""

log = structlog.get_logger()


async def serving(*, verbose: bool) -> int:
    """Until SIGTERM or Ctrl-C, or until a new supervisor has to start its own controller."""
    _log_json(logging.INFO if verbose else logging.WARNING)
    parent = os.getppid()
    with Shipway(find()) as shipway, stopping() as stopped:
        controller = shipway.controller(controller_name())
        watching = [asyncio.create_task(_stop(controller, stopped))]
        if os.environ.get(PROGRAM) == CONTROLLER:
            watching.append(asyncio.create_task(_orphaned(controller, Supervisor(shipway.home.path), parent)))
        log.info("serving", controller=controller.name, home=str(shipway.home.path))
        await controller.run()
        await _ended(watching)
        log.info("stopped", controller=controller.name)
    return Exit.DONE


async def _stop(controller: Controller, stopped: asyncio.Event) -> None:
    await stopped.wait()
    controller.stop()


async def _orphaned(controller: Controller, supervisor: Supervisor, parent: int) -> None:
    """A killed supervisor cannot start us again: have a new one, which starts its own copy once we are gone.

    Until a new one runs we go on: a guard without a supervisor is better than none.
    """
    while True:
        await asyncio.sleep(ORPHAN_LOOK_SECONDS)
        if os.getppid() == parent:
            continue
        try:
            await supervisor.ensure()
        except PortError as error:
            log.warning("the supervisor is gone and does not come back", error=error.what)
            continue
        log.warning("the supervisor was killed; a new one runs and starts its own controller")
        controller.stop()
        return


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _log_json(level: int) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Told(sys.stderr))),
    )


class Told:
    """A stream whose disk may be full: then a line is lost, and the guard goes on."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """As the stream does it."""
        with _tolerating_a_full_disk():
            return self.stream.write(text)
        return 0

    def flush(self) -> None:
        """As the stream does it."""
        with _tolerating_a_full_disk():
            self.stream.flush()


@contextlib.contextmanager
def _tolerating_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
