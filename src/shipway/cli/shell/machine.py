"""What a release needs of this machine: its command, its ports, Envoy, room, a store."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from shipway.cli.render.findings import Finding
from shipway.cli.shell import reading, refusing
from shipway.cli.shell.room import room
from shipway.cli.shell.terminal import err
from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded
from shipway.spec.traffic import IN_CLUSTER
from shipway.spec.wish import replicas_of

PLATFORMS = {"docker": "containers", "swarm": "in_swarm", "kubernetes": "in_cluster"}
"""Who knows what one needs; processes are everything else."""
WAYS_IN = {"envoy": "behind_envoy", "routing_mesh": "in_mesh", **dict.fromkeys(IN_CLUSTER, "ways_in")}
"""Who knows what one needs; a proxy that people already have is everything else."""


class DoesNotFit(ShipwayError):
    """The release file asks for something that this machine does not have."""

    code = "does-not-fit"
    exit_code = Exit.REFUSED


def require(home: Home, loaded: Loaded, revision: Revision) -> None:
    """Raises `DoesNotFit` for what would keep a deploy from ever serving; found before anything is changed."""
    found = (*_platform(loaded).required(home, loaded, revision), *_way_in(home, loaded, revision))
    refusing.require(found, DoesNotFit)


async def require_carried(home: Home, loaded: Loaded, revision: Revision) -> None:
    """Raises `DoesNotFit` where the routing mesh would not carry a first version's requests: it is tried."""
    if loaded.file.traffic.routing_mesh is None:
        return
    in_mesh = _shell("in_mesh")
    if in_mesh.serves(loaded, revision):
        return
    err().say("The routing mesh is tried with one task beside everything else …")
    found = await in_mesh.tried(home, loaded, revision)
    refusing.require((found,), DoesNotFit)
    if found.is_fine is None:
        err().say(f"The routing mesh was {found.said}")


def machine(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """A finding for each."""
    yield from _platform(loaded).found(home, loaded, revision)
    yield from _way_in(home, loaded, revision)
    yield room(home, 2 * replicas_of(loaded))
    yield _store(home)


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What is worth a look before users meet the version, though what runs may serve all the same."""
    yield from _platform(loaded).doubts(home, loaded, revision)


def _platform(loaded: Loaded) -> ModuleType:
    return _shell(PLATFORMS.get(loaded.file.platform.name, "processes"))


def _way_in(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What carries requests; nothing does where replicas fetch jobs."""
    if loaded.file.kind == "http":
        yield from _shell(WAYS_IN.get(loaded.file.traffic.name, "proxies")).way_in(home, loaded, revision)


def _shell(name: str) -> ModuleType:
    """Only what this release needs is loaded: each platform has libraries of its own."""
    return import_module(f"shipway.cli.shell.{name}")


def _store(home: Home) -> Finding:
    try:
        with_store = reading.look(home.store)
    except ShipwayError as error:
        return Finding.of("store", error)
    if with_store is not None:
        with_store.close()
        return Finding(name="store", is_fine=True, said=f"{home.store} opens")
    folder = _existing(home.path)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding(name="store", is_fine=True, said=f"{home.store} will be made by the first deploy")
    failure = ShipwayError(
        "SHIPWAY_HOME cannot be made",
        where=str(home.path),
        why=f"{folder} is not a directory that you may write.",
        fix="Make it writable, or set SHIPWAY_HOME to one that is.",
    )
    return Finding.of("store", failure)


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
