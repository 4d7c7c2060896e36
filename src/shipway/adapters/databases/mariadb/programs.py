"""`mariadb-dump` and `mariadb`, told the address of the session and nothing of this machine's settings."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

from shipway.adapters.databases import programs
from shipway.adapters.databases.mariadb.connecting import PORT
from shipway.errors import ShipwayError

ASK_SECONDS = 20.0
NAMES = {"mariadb-dump": "mysqldump", "mariadb": "mysql"}
"""What they were called before, and what may be a MySQL's."""


class NoMariadbDump(ShipwayError):
    """No mariadb-dump, or no mariadb, is here."""

    code = "no-mariadb-dump"


class MariadbDumpFailed(ShipwayError):
    """One of them ended with an error."""

    code = "mariadb-dump-failed"


def found(name: str) -> str:
    """Its path. Raises `NoMariadbDump`."""
    for word in (name, NAMES[name]):
        path = shutil.which(word)
        if path and _is_mariadbs(path):
            return path
    raise NoMariadbDump(
        f"{name} is not here",
        where="PATH",
        why="A snapshot is made by mariadb-dump and read by mariadb.",
        fix="Install the package mariadb-client, or put its programs into PATH.",
    )


def _is_mariadbs(path: str) -> bool:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return re.search("mariadb", said.stdout, re.IGNORECASE) is not None


@contextmanager
def running(
    path: str, url: str, arguments: Sequence[str], *, is_fed: bool = False
) -> "Iterator[subprocess.Popen[bytes]]":
    """See `databases.programs.running`. Raises `MariadbDumpFailed`."""
    words, secret = _address(url)
    with programs.running([path, *words, *arguments], secret, MariadbDumpFailed, is_fed=is_fed) as process:
        yield process


def _address(url: str) -> tuple[list[str], dict[str, str]]:
    """As `connecting` reads it; without the password, which other users of the machine would see."""
    parts = urlsplit(url)
    words = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    socket, authority = words.get("unix_socket"), words.get("ssl_ca")
    found = ["--no-defaults", "--default-character-set=utf8mb4", f"--user={unquote(parts.username or '')}"]
    found += (
        [f"--socket={socket}"]
        if socket
        else ["--protocol=tcp", f"--host={parts.hostname or '127.0.0.1'}", f"--port={parts.port or PORT}"]
    )
    found += [f"--ssl-ca={authority}", "--ssl-verify-server-cert"] if authority else ["--skip-ssl"]
    return found, {"MYSQL_PWD": unquote(parts.password)} if parts.password else {}
