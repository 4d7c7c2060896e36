"""Secrets by reference: `env:NAME` or `file:PATH`, read when they are needed and never kept in a journal."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from shipway.errors import PortError

FILE_BYTES_MAX = 64 * 1024


class CredentialMissing(PortError):
    """A credential that the release file refers to is not there."""

    code = "metric-credential"


class Credentials:
    """Values by name, from references. `text:` stands for a value that is no secret."""

    def __init__(self, references: Mapping[str, str], *, directory: Path, bearer: str | None = None) -> None:
        self._references, self._directory, self._bearer = references, directory, bearer
        self._secrets: set[str] = set()

    def read(self) -> dict[str, str]:
        """The values as they are now: a token that was renewed is seen. Raises `CredentialMissing`."""
        values = {name: self._value(name, reference) for name, reference in self._references.items()}
        if self._bearer is not None:
            values["authorization"] = f"Bearer {self._value('token', self._bearer)}"
        return values

    def hidden(self, text: str) -> str:
        """The text without any secret that was read."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def hidden_in(self, body: bytes) -> bytes:
        """An answer without any secret that was read, as it stands or escaped for JSON: some services tell in
        their errors what they were sent."""
        for secret in self._secrets:
            for written in {secret.encode(), json.dumps(secret)[1:-1].encode()}:
                body = body.replace(written, b"***")
        return body

    def _value(self, name: str, reference: str) -> str:
        kind, _, target = reference.partition(":")
        if kind == "text":
            return target
        value = self._variable(name, target) if kind == "env" else self._file(name, target)
        if not value or not value.isprintable():
            raise _missing(name, reference, "It is empty, or has characters that no header can carry.")
        self._secrets.add(value)
        return value

    def _variable(self, name: str, variable: str) -> str:
        value = os.environ.get(variable)
        if value is None:
            why = "The controller does not have this variable; it is not the shell in which you deploy."
            raise _missing(name, f"env:{variable}", why)
        return value.strip()

    def _file(self, name: str, written: str) -> str:
        path = self._directory / Path(written).expanduser()
        try:
            with open(path, encoding="utf-8") as file:
                return file.read(FILE_BYTES_MAX).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise _missing(name, f"file:{path}", f"It cannot be read: {reason}.") from error


def _missing(name: str, reference: str, why: str) -> CredentialMissing:
    return CredentialMissing(
        f"the credential `{name}` is not there",
        where=reference,
        why=why,
        fix="Put the secret into a file that only Shipway's user may read, and write `file:` and its path.",
    )
