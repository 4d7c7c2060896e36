"""Variables that are secrets: read where they are, checked by a keyed hash, given to the program and nobody else.

`launch.py` starts this file in place of a program that has `secrets`: `python -I -S secret_environment.py
<program.json>` reads the sources again and becomes the program. Nothing here is ever written down, and no text
about a failure holds any of what was read. Only the standard library is imported: every start pays for it.
"""

# ruff: noqa: PTH111, PTH118
# pathlib would make every start slower.
import hashlib
import hmac
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TypedDict

COMMAND_SECONDS = 30.0
"""The longest that a command may take to tell its secrets."""
SOURCE_BYTES_MAX = 256 * 1024
VARIABLES_MAX = 1000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CHUNK_BYTES = 65_536
NOT_STARTED = 78
"""EX_CONFIG of sysexits.h."""


class Secrets(TypedDict):
    """Where a program's secrets are, and what they were when its revision was made."""

    sources: list[dict[str, str]]
    """Each `{"file": PATH}` or `{"command": LINE}`; a later one wins where both name a variable."""
    directory: str
    """In which commands run, and from which paths lead."""
    digest: str
    key: str
    """Path of the key of the digest."""


class Unreadable(Exception):
    """A source did not tell its secrets. `source` is its number from 0; `why` holds nothing of what it told."""

    def __init__(self, source: int, why: str) -> None:
        super().__init__(why)
        self.source, self.why = source, why


def read(
    sources: Sequence[Mapping[str, str]], directory: str, environment: Mapping[str, str], *, seconds: float
) -> dict[str, str]:
    """The variables of all sources. Raises `Unreadable`; a command is ended after `seconds`."""
    found: dict[str, str] = {}
    for number, source in enumerate(sources):
        try:
            text = _told(source, directory, environment, seconds)
            found |= parsed(text.decode())
        except UnicodeDecodeError as error:
            raise Unreadable(number, "it is not UTF-8 text") from error
        except ValueError as error:
            raise Unreadable(number, str(error)) from error
        except OSError as error:
            raise Unreadable(number, (error.strerror or "it cannot be read").lower()) from error
    if len(found) > VARIABLES_MAX:
        raise Unreadable(len(sources) - 1, f"there are more than {VARIABLES_MAX} variables")
    return found


def digest(values: Mapping[str, str], key: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of the variables as canonical JSON; without the key nobody can try guesses on it."""
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def parsed(text: str) -> dict[str, str]:
    """Lines `NAME=value`, with `export` before and quotes around if one likes; `#` begins a comment.

    Raises `ValueError` that names a line by its number alone.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, sign, value = line.strip().removeprefix("export ").partition("=")
            if not sign or not NAME.fullmatch(name.strip()) or "\0" in value:
                raise ValueError(f"line {number} is not NAME=value")
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _told(source: Mapping[str, str], directory: str, environment: Mapping[str, str], seconds: float) -> bytes:
    if "file" in source:
        with open(os.path.join(directory, os.path.expanduser(source["file"])), "rb") as file:
            return _bounded(file.read(SOURCE_BYTES_MAX + 1))
    return _printed(source["command"], directory, environment, seconds)


def _bounded(content: bytes) -> bytes:
    if len(content) > SOURCE_BYTES_MAX:
        raise ValueError(f"it tells more than {SOURCE_BYTES_MAX} bytes")
    return content


def _printed(line: str, directory: str, environment: Mapping[str, str], seconds: float) -> bytes:
    """What a command prints. Its complaints are dropped: they may hold secrets, and we would log them."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", line],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + seconds
    try:
        content = _until_closed(process, deadline)
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"it gave no answer in {seconds:.0f} s") from error
    finally:
        _end(process)
    if code != 0:
        raise ValueError(f"it ended with exit code {code}")
    return content


def _until_closed(process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    assert process.stdout is not None
    content = b""
    while True:
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        chunk = os.read(process.stdout.fileno(), CHUNK_BYTES)
        if not chunk:
            return content
        content = _bounded(content + chunk)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Whatever it started goes with it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def checked(secrets: Secrets, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables, if they are still those of the revision. Raises `Unreadable`."""
    try:
        with open(secrets["key"], encoding="ascii") as file:
            key = bytes.fromhex(file.read().strip())
    except (OSError, ValueError) as error:
        raise Unreadable(
            0, f"the key {secrets['key']} is gone, so they cannot be checked; deploy again"
        ) from error
    values = read(secrets["sources"], secrets["directory"], environment, seconds=COMMAND_SECONDS)
    if not hmac.compare_digest(digest(values, key), secrets["digest"]):
        raise Unreadable(
            0, "they are not what they were when this revision was made; deploy, which makes a new one"
        )
    return values


def main(path: str) -> None:
    """Become the program, with its secrets; the revision's own `env` wins over them."""
    with open(path, encoding="utf-8") as file:
        spec = json.load(file)
    secrets: Secrets = spec["secrets"]
    try:
        values = checked(secrets, spec["environment"])
        environment = {**spec["environment"], **values, **spec["own"]}
        _become((spec.get("bounds") or {}).get("account"))
        os.execvpe(spec["becomes"][0], spec["becomes"], environment)
    except Unreadable as error:
        source = next(iter(secrets["sources"][error.source].items()))
        sys.stderr.write(f"shipway: the secrets of {': '.join(source)} cannot be used: {error.why}\n")
    except OSError as error:
        sys.stderr.write(f"shipway: cannot start {spec['becomes'][0]}: {error.strerror}\n")
    sys.exit(NOT_STARTED)


def _become(account: list[int] | None) -> None:
    """Another user, for good. This file runs alone: `launch.py` says it too."""
    if account:
        user, group, *groups = account
        os.setgroups(groups)
        os.setgid(group)
        os.setuid(user)


if __name__ == "__main__":
    main(sys.argv[1])
