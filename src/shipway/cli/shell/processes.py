"""What a release needs of this machine where replicas are processes."""

from collections.abc import Iterator

from msgspec.structs import replace

from shipway.adapters.platforms.process.bounding import check_bounds
from shipway.adapters.platforms.process.options import ProcessOptions, options_of
from shipway.adapters.platforms.process.starting import check_command, needed_by
from shipway.adapters.replicas.ports import free_ports
from shipway.adapters.replicas.records import Records
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.metric import size
from shipway.model.revision import Revision
from shipway.spec.load import Loaded


def required(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What would keep a deploy from ever serving."""
    yield _command(loaded, revision)
    yield from doubts(home, loaded, revision)


def found(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """That, and what may hinder it."""
    yield from required(home, loaded, revision)
    if loaded.file.kind != "cron":
        yield _replica_ports(loaded, options_of(revision))


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


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """As whom replicas run and how much they get, where the file says it and this machine may not allow it."""
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


def _replica_ports(loaded: Loaded, options: ProcessOptions) -> Finding:
    low, high = options.ports
    try:
        free_ports(1, within=options.ports, taken=(), after=low)
    except PortError as error:
        return Finding.of("ports", error, where=loaded.where("platform", "process", "ports"))
    return Finding(name="ports", is_fine=True, said=f"replicas find free ones from {low} to {high}")
