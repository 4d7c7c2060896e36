"""Carries one intent out. The only place where the engine changes the world."""

from collections.abc import Mapping
from typing import TypeVar, assert_never

from shipway.engine.ports import Ports
from shipway.errors import PortError
from shipway.model.action import (
    Action,
    Advance,
    Drain,
    EndJob,
    Expose,
    Prepare,
    Publish,
    Scale,
    SetRoute,
    StartJob,
    Stop,
)
from shipway.model.revision import Revision, RevisionId

Port = TypeVar("Port")


async def act(ports: Ports, action: Action, *, generation: int, revisions: Mapping[RevisionId, Revision]) -> None:
    """Ask the port that owns the dimension. Raises `PortError`; the effect may have happened all the same."""
    match action:
        case Prepare(revision):
            await ports.platform.prepare(_known(revisions, revision), generation=generation)
        case Scale(revision, replicas):
            await ports.platform.scale(_known(revisions, revision), replicas, generation=generation)
        case Drain(revision, names):
            await ports.platform.drain(revision, names, generation=generation)
        case Stop(revision, names):
            await ports.platform.stop(revision, names, generation=generation)
        case SetRoute(route):
            await _required(ports.traffic, "traffic").route(route, generation=generation)
        case Publish(endpoints):
            await _required(ports.traffic, "traffic").publish(endpoints, generation=generation)
        case Expose(flag, share):
            await _required(ports.flags, "a flag service").expose(flag, share, generation=generation)
        case Advance(change, phase):
            await _required(ports.database, "a database").advance(change, phase, generation=generation)
        case StartJob(revision, job):
            await _required(ports.jobs, "a platform that runs jobs").start(
                _known(revisions, revision), job, generation=generation
            )
        case EndJob(job, running):
            await _required(ports.jobs, "a platform that runs jobs").end(
                job, running=running, generation=generation
            )
        case _:
            assert_never(action)


def _known(revisions: Mapping[RevisionId, Revision], revision: RevisionId) -> Revision:
    if revision not in revisions:
        raise PortError(
            f"Revision {revision} is not in the store.",
            why="The plan names it, but what it consists of was not kept.",
            fix="Deploy the version again.",
        )
    return revisions[revision]


def _required(port: Port | None, what: str) -> Port:
    if port is None:
        raise PortError(f"The plan needs {what}, and the service has none.", fix="Name one in the release file.")
    return port
