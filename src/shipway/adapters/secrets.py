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
from shipway.adapters.supervisor.secret_environment import COMMAND_SECONDS, Unreadable, digest, read
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
    directory: str = "."


def digest_of(platform: Mapping[str, object], *, home: Path, where: str) -> str:
    """The keyed hash of what a revision's secrets are now. Raises `SecretsUnreadable`."""
    return digest(values_of(platform, where=where), key(home))


def values_of(platform: Mapping[str, object], *, where: str, seconds: float = COMMAND_SECONDS) -> dict[str, str]:
    """What they are now, for one process and nothing else. Raises `SecretsUnreadable`."""
    named = msgspec.convert(platform, Named)
    sources, directory = named.env_from, Path(named.directory).absolute()
    try:
        return read(sources, str(directory), inherited(os.environ), seconds=seconds)
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
