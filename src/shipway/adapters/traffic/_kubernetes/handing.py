"""Putting the user's object back as it was, with no trace of Shipway among those who wrote it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import MANAGER, Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.errors import PortError

Object = dict[str, Any]
SECONDS, LOOK_SECONDS = 30.0, 0.1
TRIES_MAX = 50


class NotHandedBack(PortError):
    """What was there before would not carry the requests now."""

    code = "eject"
    needs_person = True


async def put_back(cluster: Cluster, kind: Kind, name: str, spec: Callable[[Object], Object]) -> None:
    """With the spec that is made of the one that is there, without Shipway's annotation, and then without its name
    as the owner of fields. Others may write meanwhile: a gateway writes what it thinks of a route."""

    def as_before(found: Object) -> Object:
        changed = {**deepcopy(found), "spec": spec(found["spec"])}
        (changed["metadata"].get("annotations") or {}).pop(marks.GENERATION, None)
        return changed

    def disowned(found: Object) -> Object:
        metadata = found["metadata"]
        others = [each for each in metadata.get("managedFields") or () if each["manager"] != MANAGER]
        return {**found, "metadata": {**metadata, "managedFields": others or [{}]}}

    for change in (as_before, disowned):
        await _replaced(cluster, kind, name, change)


async def _replaced(cluster: Cluster, kind: Kind, name: str, change: Callable[[Object], Object]) -> None:
    for _ in range(TRIES_MAX):
        found = await cluster.read(kind, name)
        if found is None:
            raise NotHandedBack(f"{name} is gone", fix="Nothing is to be handed back.")
        try:
            await cluster.replace(kind, change(found))
            return
        except Conflict:
            continue
    raise NotHandedBack(f"{name} changes all the time", fix="See who writes it.")


async def until(claim: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for it. Raises `NotHandedBack`, and nothing further is done."""
    deadline = time.monotonic() + SECONDS
    while not await claim():
        if time.monotonic() > deadline:
            raise NotHandedBack(
                f"it was not seen that {what}",
                why=f"It was looked for {SECONDS:.0f} s.",
                fix="Look, and say it again: what was done already does no harm.",
            )
        await asyncio.sleep(LOOK_SECONDS)


def require(is_there: bool, what: str, fix: str) -> None:
    """Raises `NotHandedBack` before anything is changed."""
    if not is_there:
        raise NotHandedBack(what, where="traffic", why="Users would get no answer, or another version's.", fix=fix)
