"""What a release needs of this machine: its command, its ports, Envoy, room, a store."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.platforms.process.bounding import check_bounds
from shipway.adapters.platforms.process.options import ProcessOptions, options_of
from shipway.adapters.platforms.process.starting import check_command, needed_by
from shipway.adapters.replicas.ports import free_ports
from shipway.adapters.replicas.records import Records
from shipway.adapters.traffic.envoy import inotify
from shipway.adapters.traffic.envoy.program import binary
from shipway.cli.render.findings import Finding
from shipway.cli.shell import reading
from shipway.cli.shell.addresses import addresses
from shipway.cli.shell.encrypting import certificate
from shipway.cli.shell.room import room
from shipway.cli.shell.verifying import keys
from shipway.errors import Exit, PortError, ShipwayError
from shipway.home import Home
from shipway.model.metric import size
from shipway.model.revision import Revision
from shipway.spec.load import Loaded
from shipway.spec.wish import replicas_of


class DoesNotFit(ShipwayError):
    """The release file asks for something that this machine does not have."""

    code = "does-not-fit"
    exit_code = Exit.REFUSED


def require(home: Home, loaded: Loaded, revision: Revision) -> None:
    """Raises `DoesNotFit` for what would keep a deploy from ever serving; found before anything is changed."""
    for found in (_command(loaded, revision), *bounds(home, loaded, revision), *_way_in(home, loaded)):
        if found.is_fine is False:
            raise DoesNotFit(found.said, where=found.where, why=found.why, fix=found.fix)


def machine(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """A finding for each."""
    yield _command(loaded, revision)
    yield from bounds(home, loaded, revision)
    if loaded.file.kind != "cron":
        yield _replica_ports(loaded, options_of(revision))
    yield from _way_in(home, loaded)
    yield room(home, 2 * replicas_of(loaded))
    yield _store(home)


def _command(loaded: Loaded, revision: Revision) -> Finding:
    options = options_of(revision)
    error = missing(revision)
    if error is None:
        return Finding(name="command", is_fine=True, said=options.command)
    if options.prepare:
        return Finding(name="command", is_fine=None, said=f"not there yet; prepare makes it: {options.prepare}")
    found = Finding.of("command", error, where=loaded.where("platform", "process", "command"))
    return replace(found, said=f"{loaded.file.service} cannot be started")


def missing(revision: Revision) -> PortError | None:
    """Why the command cannot be started; none where it can."""
    try:
        check_command(revision, options_of(revision))
    except PortError as error:
        return error
    return None


def bounds(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """As whom replicas run and how much they get, where the file says it."""
    options = options_of(revision)
    named = [name for name in ("user", "group", "umask", "limits") if name in revision.platform]
    if not named:
        return
    try:
        check_bounds(options, needed_by(revision, options, Records(home.path, revision.service)))
    except PortError as error:
        yield Finding.of("bounds", error, where=loaded.where(*error.where.split(".")))
    else:
        yield Finding(name="bounds", is_fine=True, said=", ".join(_said(options)))


def _said(options: ProcessOptions) -> Iterator[str]:
    limits = options.limits
    if options.user or options.group:
        yield "as " + ":".join(filter(None, (options.user or "", options.group)))
    if options.umask:
        yield f"umask {options.umask}"
    if limits.memory:
        yield f"{size(limits.memory)} each"
    if limits.open_files:
        yield f"{limits.open_files:,} open files"
    if limits.nice is not None:
        yield f"nice {limits.nice}"


def _way_in(home: Home, loaded: Loaded) -> Iterator[Finding]:
    """What carries requests; nothing does where replicas fetch jobs."""
    if loaded.file.kind == "http":
        yield from addresses(home, loaded)
        yield from certificate(loaded)
        yield from keys(loaded)
        yield _envoy()
        yield _watches()


def _replica_ports(loaded: Loaded, options: ProcessOptions) -> Finding:
    low, high = options.ports
    try:
        free_ports(1, within=options.ports, taken=(), after=low)
    except PortError as error:
        return Finding.of("ports", error, where=loaded.where("platform", "process", "ports"))
    return Finding(name="ports", is_fine=True, said=f"replicas find free ones from {low} to {high}")


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
