"""From a version to a submitted release, and to whoever drives and watches it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from shipway.cli.render.paint import filled
from shipway.cli.render.words import version_of
from shipway.cli.shell import reading
from shipway.cli.shell.asked import Asked, Watched, require_sense
from shipway.cli.shell.choosing import resolved
from shipway.cli.shell.following import Followed
from shipway.cli.shell.machine import doubts, require, require_carried
from shipway.cli.shell.planning import Planned, keep_promise, planned
from shipway.cli.shell.planning_shown import Shown, shown
from shipway.cli.shell.querying import queried, warnings
from shipway.cli.shell.refusing import NotTaken
from shipway.cli.shell.room import peak, require_room, room
from shipway.cli.shell.terminal import err, out
from shipway.cli.shell.watching import Watcher, stopping
from shipway.engine.obey import refuse_the_same
from shipway.errors import Exit, ShipwayError
from shipway.home import Home, find
from shipway.ramping import without_ramps
from shipway.spec.load import Loaded, load

if TYPE_CHECKING:
    from shipway.app import Shipway


async def deployed(version: str, *, asked: Asked, watched: Watched) -> int:
    """Submit, then watch. Raises `ShipwayError` when it is refused; then nothing has changed."""
    require_sense(asked, watched)
    loaded = without_ramps(load(asked.file)) if asked.no_ramps else load(asked.file)
    home = find()
    loaded, choice = resolved(home, loaded, version, strategy=asked.strategy)
    words = asked.words(version)
    if choice:
        asked = replace(asked, strategy=None)
    made = planned(home, loaded, version, strategy=asked.strategy)
    keep_promise(home, loaded, made)
    require(home, loaded, made.revision)
    require_room(home)
    found = [room(home, peak(made.plan)), *doubts(home, loaded, made.revision)]
    found += await queried(home, loaded, made.release, made.live)
    if asked.dry_run:
        _require_news(home, made)
        return await _only_shown(home, Shown(made, found, choice), words, json=watched.json)
    screen = err()
    if choice:
        said = f"auto: {choice.choice.words} by {choice.choice.by}; `shipway plan` tells why."
        screen.all(filled(said))
    screen.all(warnings(found, screen.paint))
    await require_carried(home, loaded, made.revision)
    return await _shipped(home, loaded, version, asked=asked, watched=watched)


def _require_news(home: Home, made: Planned) -> None:
    """Raises `NotTaken` where a controller would refuse it."""
    try:
        refuse_the_same(reading.state(home, made.release.service), made.release)
    except ShipwayError as error:
        where = f"service {made.release.service}"
        raise NotTaken(error.what, where=where, why=error.why, fix=error.fix) from error


async def _only_shown(home: Home, seen: Shown, words: str, *, json: bool) -> int:
    from shipway.cli.shell.calibration import calibration

    shown(seen, guard=await calibration(home, seen.made), json=json)
    if not json:
        out().all(["", *filled(f"Nothing was changed. `{words}` ships this plan.")])
    return Exit.DONE


async def _shipped(home: Home, loaded: Loaded, version: str, *, asked: Asked, watched: Watched) -> int:
    from shipway.app import Shipway

    name = loaded.file.service
    with Shipway(home) as shipway:
        if watched.foreground:
            from shipway.cli.shell.foreground import in_foreground

            return await in_foreground(shipway, loaded, version, asked=asked, watched=watched)
        number = await _submitted(shipway, loaded, version, asked)
        if watched.detach:
            return _detached(name, version, waits=_waits(home, name, number))
        if not watched.json and (ahead := _waits(home, name, number)):
            _say(f"{name} {version} waits until {ahead} is done. Ctrl-C stops only the watching.")
        watcher = Watcher(shipway.home, name, Followed(command=number), wait=watched.wait, as_json=watched.json)
        with stopping() as stopped:
            return int(await watcher.watch(stopped))


async def _submitted(shipway: "Shipway", loaded: Loaded, version: str, asked: Asked) -> int:
    from shipway.cli.shell.steering import taken

    number = await shipway.deploy(loaded, version, strategy=asked.strategy, during=asked.during)
    await taken(shipway, loaded.file.service, number)
    return number


def _waits(home: Home, name: str, number: int) -> str:
    """The version that a queued deploy waits for; empty where it waits for none."""
    state = reading.state(home, name)
    is_queued = any(waiting[0] == number for waiting in state.queue)
    return version_of(state.run.plan.candidate) if state.run and is_queued else ""


def _detached(name: str, version: str, *, waits: str) -> int:
    if waits:
        _say(f"{name} {version} is queued: it begins when {waits} is done. `shipway status` shows both.")
    else:
        _say(f"{name} {version} is being released. `shipway watch` shows it, `shipway abort` takes it back.")
    return Exit.DONE


def _say(said: str) -> None:
    screen = out()
    screen.all(filled(said, head=f"{screen.paint.warn('…')} "))
