"""Leads a port of this machine to one replica."""

import asyncio

from shipway.app import Shipway
from shipway.cli.shell import reading
from shipway.cli.shell.revisions import resolved
from shipway.cli.shell.terminal import out
from shipway.engine.state import ServiceState
from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.model.fleet import Replica
from shipway.model.revision import RevisionId
from shipway.ports.platform import Platform


class NoReplica(ShipwayError):
    """A version has no replica that could be reached."""

    code = "no-replica"
    exit_code = Exit.REFUSED


async def forwarded(home: Home, service: str, text: str | None, port: int) -> int:
    """Until somebody ends it, where a port has to be led. Raises `ShipwayError`."""
    revision = resolved(reading.revisions(home, service), text) if text else _meant(reading.state(home, service))
    with Shipway(home) as shipway:
        ports = await shipway.assemble(service)
        try:
            replica = await _replica(ports.platform, service, revision)
            forward = getattr(ports.platform, "forward", None)
            if forward is None:
                out().say(f"{replica.id} of {revision} answers at http://{replica.address}/.")
                return Exit.DONE
            async with forward(replica.id, port):
                out().say(f"{replica.id} of {revision} answers at http://127.0.0.1:{port}/. Ctrl-C ends it.")
                await asyncio.Event().wait()
        finally:
            await ports.close()
    return Exit.DONE


def _meant(state: ServiceState) -> RevisionId:
    """The candidate of a release under way, else what serves."""
    revision = state.run.plan.candidate if state.run else state.proven
    if revision is None:
        raise NoReplica(
            f"{state.service} has no version",
            where=f"service {state.service}",
            why="Nothing was released yet, or its release was taken back.",
            fix="`shipway deploy VERSION` makes one; `--revision` names one that is kept.",
        )
    return revision


async def _replica(platform: Platform, service: str, revision: RevisionId) -> Replica:
    """A ready one before others, and one that stays before one that drains."""
    found = [one for one in (await platform.observe()).replicas if one.revision == revision and one.alive]
    if found:
        return min(found, key=lambda one: (not one.ready, one.draining_since is not None, one.id))
    raise NoReplica(
        f"no replica of {revision} runs",
        where=f"service {service}",
        why="There is none at this stage, or those that there are have not begun.",
        fix="`shipway status` shows what each version has.",
    )
