"""Secrets on their way into a container: as files below /run/secrets, and in nothing that Docker tells about it.

Docker starts a container again whether or not Shipway runs, also after a reboot, so what it needs lies in a folder
below SHIPWAY_HOME that only its owner may enter, as long as replicas of the revision are there. Variables are read
by the container's own shell before it becomes the program. Where the image has no shell, they have to be variables
of the container, which `docker inspect` shows.
"""

import hmac
import shlex
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.replicas.container import Container, Handed
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.secrets import SecretsUnreadable, files_of, key, values_of
from shipway.adapters.supervisor import durable
from shipway.adapters.supervisor.secret_environment import digest
from shipway.errors import PortError

FOLDER, VARIABLES = "handed", "environment"
SECRETS = "/run/secrets"
READ = f"{SECRETS}/shipway-environment"
SHELL = "/bin/sh"
WRAPPED = (SHELL, "-c", f'set -a; . {READ}; set +a; exec "$@"', "shipway")
"""The words of the program follow; it takes the place of the shell, and the signals."""
FOR_THE_OWNER, FOR_READERS = 0o700, 0o444
"""Whoever the program runs as may read its files; nobody else comes to them, through the folder above."""


class Given(Struct, frozen=True, kw_only=True):
    """What a container has of it."""

    binds: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}


def given(record: ReplicaRecord, container: Container, home: Path) -> Given:
    """Read it, see that it is what it was, and lay it down. Raises `PortError`."""
    if container.handed is None:
        return Given()
    variables, files = _checked(record, container.handed, home)
    folder = _folder(home, record)
    own = {name: text for name, text in variables.items() if name not in record.environment}
    laid = {target: _laid(folder / _plain(target), content) for target, content in files.items()}
    if own:
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in own.items())
        laid[READ] = _laid(folder / VARIABLES, text)
    return Given(binds=tuple(f"{path}:{_inside(target)}:ro" for target, path in laid.items()), variables=own)


def _checked(record: ReplicaRecord, handed: Handed, home: Path) -> tuple[dict[str, str], dict[str, str]]:
    told = msgspec.to_builtins(handed)
    try:
        variables = values_of(told, where="platform.docker")
        files = files_of(told, where="platform.docker")
    except SecretsUnreadable as error:
        raise PortError(error.what, where=error.where, why=error.why, fix=error.fix) from error
    now = digest({**variables, **{f"file {name}": content for name, content in files.items()}}, key(home))
    if hmac.compare_digest(now, handed.digest):
        return variables, files
    raise PortError(
        f"the secrets of {record.service} are not what they were",
        where=f"revision {record.revision}",
        why="They are kept nowhere but where they are, so what ran with the former ones cannot be started again.",
        fix="Deploy, which makes a revision with those of now; or put the former ones back.",
    )


def _folder(home: Path, record: ReplicaRecord) -> Path:
    above = durable.directory(Records(home, record.service).directory / FOLDER)
    above.chmod(FOR_THE_OWNER)
    return durable.directory(above / record.revision)


def _laid(path: Path, content: str) -> Path:
    """Written once: a container that runs has this very file, which a new one would not replace."""
    encoded = content.encode("utf-8", "surrogateescape")
    if durable.read(path) != encoded:
        durable.replace(path, encoded)
        path.chmod(FOR_READERS)
    return path


def _plain(target: str) -> str:
    return f"{Path(target).name}-{sha256(target.encode()).hexdigest()[:8]}"


def _inside(target: str) -> str:
    """A mere name is below /run/secrets."""
    return target if target.startswith("/") else f"{SECRETS}/{target}"


def forget(records: Records) -> None:
    """What was laid down for revisions that have no replicas any more."""
    folders = [path for path in (records.directory / FOLDER).glob("*") if path.is_dir()]
    if not folders:
        return
    # A record is written under the same lock, before anything is laid down for it.
    with records.alone():
        in_use = {record.revision for record in records.replicas() if record.stopping_since is None}
        for folder in folders:
            if folder.name not in in_use:
                shutil.rmtree(folder, ignore_errors=True)
