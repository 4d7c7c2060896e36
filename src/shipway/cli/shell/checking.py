"""Whether a release file and this machine work together. Nothing is released, and nothing is left behind."""

from dataclasses import replace
from pathlib import Path

from shipway.adapters.platforms.process.options import options_of
from shipway.adapters.replicas import preparing
from shipway.adapters.replicas.records import Records
from shipway.cli.render import as_json, findings
from shipway.cli.render.findings import Finding
from shipway.cli.render.jobs import spoken
from shipway.cli.render.words import plural
from shipway.cli.shell import reading
from shipway.cli.shell.choosing import resolved
from shipway.cli.shell.machine import machine
from shipway.cli.shell.processes import missing
from shipway.cli.shell.querying import queried
from shipway.cli.shell.terminal import err, out
from shipway.cli.shell.trying import tried
from shipway.errors import Exit, ShipwayError
from shipway.home import Home, find
from shipway.model.revision import Revision
from shipway.spec.load import Loaded, load
from shipway.spec.revision import schedule_of
from shipway.wishing import contents_read, wished

READY, HEARTBEAT = ("health", "ready", "path"), ("platform", "process", "heartbeat")
ANY_VERSION = "0"
"""Stands for the version where none is needed."""


async def checked(path: Path, version: str | None, *, starts: bool, as_json_wanted: bool) -> int:
    """Print what was found; exit code 3 when something fails. Raises `InputErrors` for the file itself."""
    home, loaded = find(), load(path)
    named = version or _live_version(home, loaded)
    loaded, auto = _auto(home, loaded, named or ANY_VERSION)
    contents = contents_read(home, loaded, named or ANY_VERSION, asks=named is not None)
    revision, release = wished(home, loaded, named or ANY_VERSION, strategy=None, contents=contents)
    found = [_file(loaded), *auto, *machine(home, loaded, revision)]
    found += await queried(home, loaded, release, reading.live(home, release.service))
    if starts and all(one.is_fine is not False for one in found):
        found.append(await _replica(home, loaded, revision, version))
    screen = out()
    if as_json_wanted:
        screen.say(as_json.text([as_json.plain(one) for one in found]))
    else:
        screen.all(findings.lines(found, screen.paint))
    return Exit.REFUSED if any(one.is_fine is False for one in found) else Exit.DONE


def _auto(home: Home, loaded: Loaded, version: str) -> tuple[Loaded, list[Finding]]:
    """What `strategy: auto` chooses now; what keeps it from choosing is a failure of the check."""
    try:
        found, choice = resolved(home, loaded, version, strategy=None)
    except ShipwayError as error:
        plain = loaded.file.model_copy(update={"strategy": "rolling"})
        return replace(loaded, file=plain), [Finding.of("auto", error)]
    if choice is None:
        return loaded, []
    risk = f"{choice.choice.risk.word} risk, " if choice.assessed else ""
    return found, [Finding(name="auto", is_fine=True, said=f"{risk}{choice.choice.words} by {choice.choice.by}")]


def _live_version(home: Home, loaded: Loaded) -> str | None:
    state = reading.state(home, loaded.file.service)
    kept = reading.known(home, loaded.file.service)
    return kept[state.proven].version if state.proven in kept else None


def _file(loaded: Loaded) -> Finding:
    file = loaded.file
    if file.schedule is not None:
        schedule = schedule_of(loaded)
        assert schedule is not None
        said = f"{loaded.path}: {file.service}, {file.strategy}, {spoken(schedule)}"
        return Finding(name="file", is_fine=True, said=said)
    replicas = plural(getattr(file.platform.options, "replicas", 1), "replica")
    return Finding(name="file", is_fine=True, said=f"{loaded.path}: {file.service}, {file.strategy}, {replicas}")


async def _replica(home: Home, loaded: Loaded, revision: Revision, version: str | None) -> Finding:
    options = loaded.file.platform.options
    if loaded.file.platform.name == "docker":
        return await _container(home, loaded, revision)
    if loaded.file.traffic.routing_mesh and revision.version != ANY_VERSION:
        from shipway.cli.shell import in_mesh

        err().say("Starting one task beside everything else …")
        return await in_mesh.tried(home, loaded, revision)
    if loaded.file.platform.name != "process":
        beside = "a Swarm's own services" if loaded.file.platform.name == "swarm" else "a cluster's deployments"
        return Finding(name="replica", is_fine=None, said=f"not tried: nothing runs beside {beside}")
    if loaded.file.kind == "cron":
        return Finding(name="job", is_fine=None, said="not tried: a job has effects; `smoke` can try one without")
    if "{version}" in getattr(options, "command", "") and revision.version == ANY_VERSION and version is None:
        return Finding(name="replica", is_fine=None, said="not tried: name a version, `shipway check VERSION`")
    if missing(revision) is not None:
        return Finding(name="replica", is_fine=None, said="not tried: prepare has not run for this version")
    err().say("Starting one replica beside everything else …")
    where = loaded.where(*(HEARTBEAT if loaded.file.kind == "worker" else READY))
    found = await tried(home, revision, where=where)
    if found.is_fine is False and not _is_prepared(home, revision):
        return Finding(name="replica", is_fine=None, said=f"prepare has not run for this version: {found.said}")
    return found


async def _container(home: Home, loaded: Loaded, revision: Revision) -> Finding:
    from shipway.adapters.platforms.docker.options import docker_options
    from shipway.cli.shell import trying_container

    told = loaded.file.platform.options.model_dump(include={"engine"})
    err().say("Starting one container beside everything else …")
    where = loaded.where(*(("platform", "docker") if loaded.file.kind == "worker" else READY))
    return await trying_container.tried(home, revision, address=docker_options(told).address, where=where)


def _is_prepared(home: Home, revision: Revision) -> bool:
    if not options_of(revision).prepare:
        return True
    return preparing.is_done(revision.id, Records(home.path, revision.service))
