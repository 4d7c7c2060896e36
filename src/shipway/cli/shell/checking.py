"""Whether a release file and this machine work together. Nothing is released, and nothing is left behind."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.platforms.process.options import ProcessOptions, options_of
from shipway.adapters.platforms.process.ports import free_ports
from shipway.adapters.platforms.process.starting import check_command
from shipway.adapters.traffic.envoy.program import binary
from shipway.adapters.traffic.envoy.sockets import require_free
from shipway.app import wished
from shipway.cli.render import as_json, findings
from shipway.cli.render.findings import Finding
from shipway.cli.shell import reading
from shipway.cli.shell.services import seen, seen_services
from shipway.cli.shell.terminal import err, out
from shipway.cli.shell.trying import tried
from shipway.errors import Exit, PortError, ShipwayError
from shipway.home import Home, find
from shipway.model.revision import Revision
from shipway.spec.load import Loaded, load

ROOM_BYTES = 200 * 1024 * 1024
"""Logs of a few replicas and the store grow to about this."""
ANY_VERSION = "0"
"""Stands for the version where none is needed."""


async def checked(path: Path, version: str | None, *, starts: bool, as_json_wanted: bool) -> int:
    """Print what was found; exit code 3 when something fails. Raises `InputErrors` for the file itself."""
    home, loaded = find(), load(path)
    revision, _ = wished(home, loaded, version or _live_version(home, loaded) or ANY_VERSION, strategy=None)
    found = [_file(loaded), *_machine(home, loaded, revision)]
    if starts and all(one.is_fine is not False for one in found):
        found.append(await _replica(home, loaded, revision, version))
    screen = out()
    if as_json_wanted:
        screen.say(as_json.text([as_json.plain(one) for one in found]))
    else:
        screen.all(findings.lines(found, screen.paint))
    return Exit.REFUSED if any(one.is_fine is False for one in found) else Exit.DONE


def _live_version(home: Home, loaded: Loaded) -> str | None:
    state = reading.state(home, loaded.file.service)
    kept = reading.known(home, loaded.file.service)
    return kept[state.proven].version if state.proven in kept else None


def _file(loaded: Loaded) -> Finding:
    file = loaded.file
    replicas = getattr(file.platform.options, "replicas", 1)
    return Finding(
        name="file", is_fine=True, said=f"{loaded.path}: {file.service}, {file.strategy}, {replicas} replicas"
    )


def _machine(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    yield _command(loaded, revision)
    yield from _listening(home, loaded)
    yield _replica_ports(loaded, options_of(revision))
    yield _envoy()
    yield _room(home)
    yield _store(home)


def _command(loaded: Loaded, revision: Revision) -> Finding:
    options = options_of(revision)
    error = _missing(revision)
    if error is None:
        return Finding(name="command", is_fine=True, said=options.command)
    if options.prepare:
        return Finding(name="command", is_fine=None, said=f"not there yet; prepare makes it: {options.prepare}")
    found = Finding.of("command", error, where=loaded.where("platform", "process", "command"))
    return replace(found, said=f"{loaded.file.service} cannot be started")


def _missing(revision: Revision) -> PortError | None:
    """Why the command cannot be started."""
    try:
        check_command(revision, options_of(revision))
    except PortError as error:
        return error
    return None


def _listening(home: Home, loaded: Loaded) -> Iterator[Finding]:
    """Each address that Envoy will listen on: free, or already listened on for this service."""
    owners = dict(_owners(home))
    options = loaded.file.traffic.options
    for what in ("listen", "preview"):
        address = getattr(options, what, None)
        if address:
            yield _address(loaded, what, str(address), owners)


def _owners(home: Home) -> Iterator[tuple[str, str]]:
    """Ports on which services of this home are served."""
    for name in seen_services(home):
        view = seen(home, name)
        for address in (view.address, view.preview) if view else ():
            if address:
                yield address.rpartition(":")[2], name


def _address(loaded: Loaded, what: str, address: str, owners: dict[str, str]) -> Finding:
    owner = owners.get(address.rpartition(":")[2])
    try:
        require_free(address, what=what)
    except PortError as error:
        if owner == loaded.file.service:
            return Finding(name=what, is_fine=True, said=f"{address}: {owner} is served there already")
        found = Finding.of(what, error, where=loaded.where("traffic", "envoy", what))
        return replace(found, why=f"The service {owner} of this home is served there.") if owner else found
    return Finding(name=what, is_fine=True, said=f"{address} is free")


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


def _room(home: Home) -> Finding:
    free = shutil.disk_usage(_existing(home.path)).free
    if free >= ROOM_BYTES:
        return Finding(name="disk", is_fine=True, said=f"{free / 2**30:.1f} GiB free for {home.path}")
    error = ShipwayError(
        f"only {free / 2**20:.0f} MiB are free",
        where=str(home.path),
        why="The store, logs and configuration files need room there.",
        fix="Make room, or set SHIPWAY_HOME to another disk.",
    )
    return Finding.of("disk", error)


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


async def _replica(home: Home, loaded: Loaded, revision: Revision, version: str | None) -> Finding:
    options = loaded.file.platform.options
    if "{version}" in getattr(options, "command", "") and revision.version == ANY_VERSION and version is None:
        return Finding(name="replica", is_fine=None, said="not tried: name a version, `shipway check VERSION`")
    if _missing(revision) is not None:
        return Finding(name="replica", is_fine=None, said="not tried: prepare has not run for this version")
    err().say("Starting one replica beside everything else …")
    return await tried(home, revision, where=loaded.where("health", "ready", "path"))
