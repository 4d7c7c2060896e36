"""Secrets that the release file refers to: read for a revision, then known by a keyed hash."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.supervisor.environment import inherited
from shipway.adapters.supervisor.secret_environment import (
    COMMAND_SECONDS,
    SOURCE_BYTES_MAX,
    Unreadable,
    digest,
    read,
)
from shipway.errors import ShipwayError

KEY_FILE = "secrets.key"
KEY_BYTES = 32


class SecretsUnreadable(ShipwayError):
    """A source of secrets cannot be read, or its command fails or hangs."""

    code = "secrets"


class Named(Struct, frozen=True, kw_only=True):
    """The part of a platform's options that says where secrets are."""

    env_from: tuple[Mapping[str, str], ...] = ()
    """Each `{"file": PATH}` or `{"command": LINE}`."""
    env_files: tuple[str, ...] = ()
    """Of a Compose file, which takes more than `NAME=value`; what `env_from` tells wins over them."""
    secret_files: Mapping[str, str] = {}
    """The path of each, by the name under which a container has it."""
    directory: str = "."


def digest_of(platform: Mapping[str, object], *, home: Path, where: str) -> str:
    """The keyed hash of what a revision's secrets are now. Raises `SecretsUnreadable`."""
    files = {f"file {name}": content for name, content in files_of(platform, where=where).items()}
    return digest({**values_of(platform, where=where), **files}, key(home))


def values_of(platform: Mapping[str, object], *, where: str, seconds: float = COMMAND_SECONDS) -> dict[str, str]:
    """Variables as they are now, for one process and nothing else. Raises `SecretsUnreadable`."""
    named = msgspec.convert(platform, Named)
    sources, directory = named.env_from, Path(named.directory).absolute()
    beside = {name: text for path in named.env_files for name, text in _lines(path, where=where)}
    try:
        return {**beside, **read(sources, str(directory), inherited(os.environ), seconds=seconds)}
    except Unreadable as error:
        ((kind, target),) = sources[error.source].items()
        raise SecretsUnreadable(
            f"the secrets of `{kind}: {target}` cannot be read",
            where=where,
            why=f"In {directory}: {error.why}. What it tells is not shown: it may be secret.",
            fix="Make it readable, with lines of NAME=value."
            if kind == "file"
            else f"Run it there: it must print lines of NAME=value and end with 0 in {COMMAND_SECONDS:.0f} s.",
        ) from error


def _lines(path: str, *, where: str) -> list[tuple[str, str]]:
    """As Compose reads them."""
    from shipway.spec.compose.variables import lines
    from shipway.spec.problems import Wrong

    try:
        return list(lines(_text(path, where=where), {}))
    except Wrong as wrong:
        raise SecretsUnreadable(
            f"the variables of {path} cannot be read",
            where=where,
            why=f"{wrong.what}; only variables above it in the same file are filled in.",
            fix="Put the value in single quotes, which takes it as it stands.",
        ) from wrong


def files_of(platform: Mapping[str, object], *, where: str) -> dict[str, str]:
    """What stands in secret files now, by name. Raises `SecretsUnreadable`."""
    named = msgspec.convert(platform, Named)
    folder = Path(named.directory).absolute()
    return {
        name: _text(str(folder / Path(path).expanduser()), where=where)
        for name, path in named.secret_files.items()
    }


def _text(path: str, *, where: str) -> str:
    """Bytes that are no text are kept too: each becomes one character."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise SecretsUnreadable(
            f"the secrets of {path} cannot be read",
            where=where,
            why=f"{error.strerror}.",
            fix="Make it readable for whoever deploys, and for the controller.",
        ) from error
    if len(content) > SOURCE_BYTES_MAX:
        raise SecretsUnreadable(
            f"the secrets of {path} are too long",
            where=where,
            why=f"It has {len(content)} bytes; {SOURCE_BYTES_MAX} are the most.",
            fix="Name a file with nothing but secrets.",
        )
    return content.decode("utf-8", "surrogateescape")


def key(home: Path) -> bytes:
    """The key of the hashes, for the owner alone; made when there is none. Raises `PortError`."""
    path = durable.directory(home) / KEY_FILE
    if not path.exists():
        _make(path)
    with durable.telling(path):
        return bytes.fromhex(path.read_text(encoding="ascii"))


def _make(path: Path) -> None:
    """Whole or not at all; of two that make one at the same time the first wins."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    durable.replace(new, secrets.token_hex(KEY_BYTES).encode())
    with durable.telling(path), contextlib.suppress(FileExistsError):
        os.link(new, path)
    new.unlink()
