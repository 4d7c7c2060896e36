"""What a release needs of this machine: its command, its ports, Envoy, room, a store."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from shipway.adapters.traffic.envoy import inotify
from shipway.adapters.traffic.envoy.program import binary
from shipway.cli.render.findings import Finding
from shipway.cli.shell import containers, in_cluster, in_swarm, processes, reading, refusing
from shipway.cli.shell.addresses import addresses
from shipway.cli.shell.encrypting import certificate
from shipway.cli.shell.proxies import proxy
from shipway.cli.shell.room import room
from shipway.cli.shell.verifying import keys
from shipway.cli.shell.ways_in import way_in
from shipway.errors import Exit, PortError, ShipwayError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded
from shipway.spec.traffic import IN_CLUSTER
from shipway.spec.wish import replicas_of


class DoesNotFit(ShipwayError):
    """The release file asks for something that this machine does not have."""

    code = "does-not-fit"
    exit_code = Exit.REFUSED


def require(home: Home, loaded: Loaded, revision: Revision) -> None:
    """Raises `DoesNotFit` for what would keep a deploy from ever serving; found before anything is changed."""
    found = (*_platform(loaded).required(home, loaded, revision), *_way_in(home, loaded))
    refusing.require(found, DoesNotFit)


def machine(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """A finding for each."""
    yield from _platform(loaded).found(home, loaded, revision)
    yield from _way_in(home, loaded)
    yield room(home, 2 * replicas_of(loaded))
    yield _store(home)


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What is worth a look before users meet the version, though what runs may serve all the same."""
    yield from _platform(loaded).doubts(home, loaded, revision)


def _platform(loaded: Loaded) -> ModuleType:
    """Who knows what it needs."""
    known = {"docker": containers, "swarm": in_swarm, "kubernetes": in_cluster}
    return known.get(loaded.file.platform.name, processes)


def _way_in(home: Home, loaded: Loaded) -> Iterator[Finding]:
    """What carries requests; nothing does where replicas fetch jobs."""
    if loaded.file.kind != "http":
        return
    if loaded.file.traffic.name in IN_CLUSTER:
        yield way_in(loaded)
        return
    if loaded.file.traffic.name != "envoy":
        yield from proxy(home, loaded)
        yield from certificate(loaded)
        return
    yield from addresses(home, loaded)
    yield from certificate(loaded)
    yield from keys(loaded)
    yield _envoy()
    yield _watches()


def _envoy() -> Finding:
    try:
        return Finding(name="envoy", is_fine=True, said=str(binary()))
    except PortError as error:
        return Finding.of("envoy", error)


def _watches() -> Finding:
    """Each version that serves takes a file for Envoy to watch."""
    try:
        inotify.require(inotify.RELEASE)
    except inotify.NoWatches as error:
        return Finding.of("watches", error)
    return Finding(name="watches", is_fine=True, said="the system lets Envoy watch more files")


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
