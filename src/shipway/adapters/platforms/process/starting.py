"""From a revision to the records of new replicas, and from a record to a program."""

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.platforms.process.bounding import bounds_of, check_bounds, hand_over
from shipway.adapters.platforms.process.options import ProcessOptions, options_of
from shipway.adapters.replicas.exposed import folder_of
from shipway.adapters.replicas.health import HealthOptions, Heartbeat, health_of, probes_of
from shipway.adapters.replicas.ports import next_ports
from shipway.adapters.replicas.records import Records, ReplicaRecord, plain
from shipway.adapters.secrets import KEY_FILE
from shipway.adapters.supervisor import Program, Secrets, durable
from shipway.errors import PortError
from shipway.model.revision import Revision, RevisionId


def new_replicas(
    revision: Revision, count: int, *, records: Records, generation: int, health: HealthOptions
) -> tuple[ReplicaRecord, ...]:
    """At least one record, each with a port of its own; not yet written, and `created_at` is the caller's.

    Only while the records are locked.
    """
    options = options_of(revision)
    check_command(revision, options)
    check_bounds(options, needed_by(revision, options, records))
    ports = next_ports(count, within=options.ports, records=records)
    prefix = f"{plain(revision.service)}-{plain(revision.id)}-g{generation}"
    taken = {record.id for record in records.replicas()}
    numbers = (number for number in range(1, count + len(taken) + 1) if f"{prefix}-{number}" not in taken)
    return tuple(
        ReplicaRecord(
            id=(name := f"{prefix}-{number}"),
            revision=revision.id,
            version=revision.version,
            generation=generation,
            port=port,
            command=_filled(options.command, port, name),
            directory=str(directory_of(options)),
            environment={
                **_environment(revision, options, port=port, replica=name),
                **work_files(revision, options, records, replica=name),
                **exposure_files(revision, records),
            },
            stop_grace=options.stop_grace,
            health=health_of(options.heartbeat) if options.heartbeat else probes_of(revision, health),
            heartbeat=_heartbeat(options, records, name, revision=revision.id),
            created_at=0.0,
            secrets=secrets_of(options, records),
            bounds=bounds_of(options),
            memory_max=options.limits.memory,
        )
        for number, port in zip(numbers, ports, strict=False)
    )


def directory_of(options: ProcessOptions) -> Path:
    """Absolute."""
    return Path(options.directory).expanduser().absolute()


def secrets_of(options: ProcessOptions, records: Records) -> Secrets | None:
    """What the supervisor needs to read them again; never what they are."""
    if not options.env_from:
        return None
    return Secrets(
        sources=options.env_from,
        directory=str(directory_of(options)),
        digest=options.secrets,
        key=str(records.home / KEY_FILE),
    )


def _environment(revision: Revision, options: ProcessOptions, *, port: int, replica: str) -> dict[str, str]:
    """The revision's own variables, and who the replica is."""
    own = {name: _filled(value, port, replica) for name, value in options.env.items()}
    identity = {
        "SHIPWAY_SERVICE": revision.service,
        "SHIPWAY_REVISION": revision.id,
        "SHIPWAY_VERSION": revision.version,
        "SHIPWAY_REPLICA": replica,
    }
    return {"PORT": str(port), "PYTHONUNBUFFERED": "1", **own, **identity}


def _filled(text: str, port: int, replica: str) -> str:
    return text.replace("{port}", str(port)).replace("{replica}", replica)


def work_files(revision: Revision, options: ProcessOptions, records: Records, *, replica: str) -> dict[str, str]:
    """Where a worker beats and counts, for `shipway.health.Worker` and whoever reads them."""
    beat = _heartbeat(options, records, replica, revision=revision.id)
    if beat is None:
        return {}
    jobs = records.jobs_of(revision.id) / f"{replica}.prom"
    named = {"SHIPWAY_HEARTBEAT": beat.file} if beat.file else {}
    return {**named, "SHIPWAY_JOBS": str(jobs)}


def exposure_files(revision: Revision, records: Records) -> dict[str, str]:
    """Which flags are ramped and where requests are counted by them, for `shipway.flags.outcomes`."""
    if not revision.flags:
        return {}
    return {"SHIPWAY_RAMPS": ",".join(revision.flags), "SHIPWAY_EXPOSURES": str(folder_of(records, revision.id))}


def _heartbeat(
    options: ProcessOptions, records: Records, replica: str, *, revision: RevisionId
) -> Heartbeat | None:
    """The replica's own: names filled in, paths absolute."""
    beat = options.heartbeat
    if beat is None:
        return None
    # One user's replicas cannot beat in a folder of another's.
    beats = records.jobs_of(revision) if options.user or options.group else records.beats_directory
    if beat.command is not None:
        return replace(beat, command=beat.command.replace("{replica}", replica))
    own = beat.file.replace("{replica}", replica) if beat.file else str(beats / replica)
    return replace(beat, file=str(directory_of(options) / own))


def make_room(revision: Revision, records: Records) -> None:
    """The folders below SHIPWAY_HOME that new replicas work in, as theirs where they run as somebody else."""
    options, bounds = options_of(revision), bounds_of(options_of(revision))
    owned = owned_by(revision, options, records)
    for directory in (*owned, *([records.beats_directory] if options.heartbeat else [])):
        durable.directory(directory)
    if bounds and bounds.account:
        hand_over(bounds.account, home=records.home, owned=owned)


def needed_by(revision: Revision, options: ProcessOptions, records: Records) -> list[Path]:
    """What its replicas have to reach, as whom they run."""
    word, own = shlex.split(options.command)[0], owned_by(revision, options, records)
    return [directory_of(options) / (word if "/" in word else "here"), *([records.home] if own else [])]


def owned_by(revision: Revision, options: ProcessOptions, records: Records) -> list[Path]:
    """Folders below SHIPWAY_HOME that its replicas read or write, but for those that are not there."""
    files = records.files_of(revision.id)
    said = (options.command, *options.env.values())
    return [
        *([records.jobs_of(revision.id)] if options.heartbeat or revision.flags else []),
        *([files] if any(str(files) in text for text in said) else []),
    ]


def program_of(record: ReplicaRecord, records: Records) -> Program:
    """As the supervisor keeps it."""
    return Program(
        name=record.id,
        command=record.command,
        directory=record.directory,
        environment=record.environment,
        log=str(records.log_of(record)),
        stop_seconds=record.stop_grace,
        secrets=record.secrets,
        bounds=record.bounds,
    )


def check_command(revision: Revision, options: ProcessOptions) -> None:
    """Raises `PortError` for a command that cannot be started here."""
    directory = directory_of(options)
    if not directory.is_dir():
        raise _cannot_start(revision, directory, why="The working directory does not exist")
    try:
        words = shlex.split(options.command)
    except ValueError as error:
        raise _cannot_start(revision, directory, why=f"{options.command}: {error}") from error
    reason = _reason_against(words[0], directory, options.env)
    if reason:
        raise _cannot_start(revision, directory, why=reason)


def _reason_against(word: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Why the first word of a command cannot be started; empty if it can."""
    if "/" not in word:
        path = environment.get("PATH", os.environ.get("PATH", os.defpath))
        return "" if shutil.which(word, path=path) else f"`{word}` was found nowhere in PATH"
    file = directory / word
    if not file.exists():
        return f"`{word}` does not exist"
    return "" if file.is_file() and os.access(file, os.X_OK) else f"`{word}` is not an executable file"


def _cannot_start(revision: Revision, directory: Path, *, why: str) -> PortError:
    return PortError(
        f"{revision.service} {revision.version} cannot be started",
        where=f"platform.process.command, in {directory}",
        why=f"{why}.",
        fix="Correct `command` or `directory`, or install it in `prepare`.",
    )
