"""Gives a command to the service's owner, and says what follows from it."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from shipway.app import Shipway
from shipway.cli.render.paint import filled
from shipway.cli.shell import reading
from shipway.cli.shell.following import Followed
from shipway.cli.shell.refusing import NotTaken
from shipway.cli.shell.services import chosen
from shipway.cli.shell.terminal import out
from shipway.cli.shell.watching import Watcher, stopping
from shipway.engine.state import Run, ServiceState
from shipway.errors import Exit, PortError, ShipwayError
from shipway.home import find
from shipway.model.command import Command


async def put(shipway: Shipway, service: str, command: Command) -> int:
    """Into the inbox, and taken by a controller. Returns its number. Raises `NotTaken`, `PortError`."""
    number = await shipway.ask(service, command)
    await taken(shipway, service, number)
    return number


async def taken(shipway: Shipway, service: str, number: int) -> None:
    """Have a controller, and wait until it has taken a command. Raises `NotTaken`, `PortError`."""
    with out().working("asking the controller"):
        await shipway.ensure_controller()
        await answered(shipway, service, number)


async def answered(shipway: Shipway, service: str, number: int) -> None:
    """Wait until the owner has taken a command. Raises `NotTaken` where it refused, `PortError` if nobody did."""
    try:
        await shipway.answer(service, number)
    except PortError:
        raise
    except ShipwayError as error:
        where = error.where or f"service {service}"
        raise NotTaken(error.what, where=where, why=error.why, fix=error.fix) from error


def steer(named: str | None, command: Command, said: Callable[[ServiceState], str]) -> int:
    """One command, one line that says what follows. `said` is told the state before it."""
    home = find()
    service = chosen(home, named)
    before = reading.state(home, service)
    with Shipway(home) as shipway:
        asyncio.run(put(shipway, service, command))
    say(f"{service}: {said(before)}")
    return Exit.DONE


def say(text: str) -> None:
    """What happened, with a good sign."""
    screen = out()
    screen.all(filled(text, head=f"{screen.paint.good('✓')} "))


def take_back(named: str | None, command: Command, *, detach: bool, as_json: bool = False) -> int:
    """Turn the release under way back, and wait until every proxy has confirmed it."""
    home = find()
    service = chosen(home, named)
    run = running(reading.state(home, service))
    followed = Followed(run=run.id, plan=run.plan, row=run.row, started_at=run.started_at)
    with Shipway(home) as shipway:
        number = asyncio.run(put(shipway, service, command))
        if detach:
            say(f"{service}: going back. `shipway watch` shows it.")
            return Exit.DONE
        followed = replace(followed, take_back=number)
        return asyncio.run(_confirmed(Watcher(home, service, followed, wait="window", as_json=as_json)))


async def _confirmed(watcher: Watcher) -> int:
    with stopping() as stopped:
        return int(await watcher.watch(stopped))


def running(state: ServiceState) -> Run:
    """The run under way. Raises `NotTaken` where there is none."""
    if state.run is None:
        raise NotTaken(
            f"No release of {state.service} is under way",
            where=f"service {state.service}",
            why="This command concerns a running release.",
            fix="`shipway status` shows what is live; `shipway rollback` returns to the former version.",
        )
    return state.run


def stage_name(state: ServiceState) -> str:
    """`stage 1, canary 5%`."""
    return f"stage {state.run.row}, {state.run.stage.name}" if state.run else "its stage"
