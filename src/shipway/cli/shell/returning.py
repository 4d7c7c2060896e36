"""Back to a revision that was kept."""

import asyncio

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.app import Shipway
from shipway.cli.shell import reading
from shipway.cli.shell.following import Followed
from shipway.cli.shell.services import chosen
from shipway.cli.shell.steering import put, say, take_back
from shipway.cli.shell.watching import Watcher, stopping
from shipway.engine.state import ServiceState
from shipway.errors import Exit, ShipwayError
from shipway.home import Home, find
from shipway.model.command import Rollback
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.ports.revisions import Kept

STRATEGY = "back"


class NoFormer(ShipwayError):
    """There is nothing to return to."""

    code = "no-former-version"
    exit_code = Exit.REFUSED


class NoRevision(ShipwayError):
    """No kept revision has this number."""

    code = "no-revision"


class Returning(Struct, frozen=True, kw_only=True):
    """What `shipway rollback` was told."""

    to_revision: int | None = None
    reason: str = ""
    detach: bool = False
    as_json: bool = False


def returned(named: str | None, wish: Returning) -> int:
    """Take the run back, or walk back to a kept revision. Raises `ShipwayError` where there is none."""
    home = find()
    service = chosen(home, named)
    state = reading.state(home, service)
    kept = _aim(home, state, wish)
    if state.run and (kept is None or kept.revision.id == state.run.plan.base):
        return take_back(service, Rollback(reason=wish.reason), detach=wish.detach, as_json=wish.as_json)
    assert kept is not None, "without a run there is an aim"
    if state.run is None and kept.revision.id == state.proven and not state.is_down:
        say(f"{service}: {kept.revision.version} is live already; nothing to do.")
        return Exit.DONE
    command = Rollback(release=_release(kept, state), reason=wish.reason)
    with Shipway(home) as shipway:
        return asyncio.run(_walked(shipway, service, command, wish))


def _aim(home: Home, state: ServiceState, wish: Returning) -> Kept | None:
    """The revision to return to; none means row 0 of the run under way."""
    revisions = reading.revisions(home, state.service)
    if wish.to_revision is not None:
        return _numbered(revisions, wish.to_revision, state)
    if state.run:
        return None
    aim = state.proven if state.is_down else state.former
    return _former(revisions, aim, state)


def _numbered(revisions: tuple[Kept, ...], number: int, state: ServiceState) -> Kept:
    for kept in revisions:
        if kept.number == number:
            return kept
    numbers = ", ".join(str(kept.number) for kept in revisions[-10:])
    raise NoRevision(
        f"{state.service} has no revision {number}",
        where=f"--to-revision {number}",
        why=f"Kept are {numbers}.",
        fix="`shipway history` lists them with their versions.",
    )


def _former(revisions: tuple[Kept, ...], aim: RevisionId | None, state: ServiceState) -> Kept:
    for kept in revisions:
        if kept.revision.id == aim:
            return kept
    raise NoFormer(
        f"{state.service} has no former version",
        where=f"service {state.service}",
        why="Only one version was ever proven here.",
        fix="`shipway history` lists kept revisions; `shipway rollback --to-revision N` returns to one.",
    )


def _release(kept: Kept, state: ServiceState) -> Release:
    """How it was shipped then, with today's capacity."""
    release = msgspec.json.decode(kept.release, type=Release)
    return replace(
        release,
        revision=kept.revision.id,
        strategy=STRATEGY,
        replicas=state.replicas or release.replicas,
        ramps=(),
    )


async def _walked(shipway: Shipway, service: str, command: Rollback, wish: Returning) -> int:
    number = await put(shipway, service, command)
    if wish.detach:
        say(f"{service}: returning. `shipway watch` shows it.")
        return Exit.DONE
    watcher = Watcher(shipway.home, service, Followed(command=number), wait="window", as_json=wish.as_json)
    with stopping() as stopped:
        return int(await watcher.watch(stopped))
