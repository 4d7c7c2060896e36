"""Speaks supervisord's XML-RPC over a Unix socket (supervisord.org/api.html), each call with a deadline."""

import http.client
import os
import socket
import stat
import time
import xmlrpc.client
from enum import IntEnum
from pathlib import Path

from shipway.errors import PortError

DEADLINE_SECONDS = 10.0
ATTEMPTS_MAX = 3
RETRY_SECONDS = 0.05
"""A supervisord that ends while it is asked resets the connection; asked again, nobody is there."""


class Code(IntEnum):
    """supervisord's faults that mean "it is so already"."""

    SHUTTING_DOWN = 6
    NO_SUCH_PROGRAM = 10
    ALREADY_STARTED = 60
    NOT_RUNNING = 70
    ALREADY_ADDED = 90
    STILL_RUNNING = 91


class NotRunning(PortError):
    """No supervisord answers for this home."""

    code = "supervisor-not-running"


class Fault(PortError):
    """supervisord answered with a fault; `number` is its code."""

    code = "supervisor-refused"

    def __init__(self, number: int, text: str, *, method: str) -> None:
        super().__init__(
            f"the supervisor refused `{method}`",
            why=f"It said {text}.",
            fix="Look into supervisor/supervisord.log under SHIPWAY_HOME.",
        )
        self.number = number


class _Reset(PortError):
    """The connection broke while an answer was waited for."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(path: Path, method: str, *arguments: object, timeout_seconds: float = DEADLINE_SECONDS) -> object:
    """One call, blocking. Raises `NotRunning`, `Fault`, or `PortError` where no answer came in time."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _call_once(path, method, arguments, timeout_seconds)
        except _Reset:
            time.sleep(RETRY_SECONDS)
    return _call_once(path, method, arguments, timeout_seconds)


def _call_once(path: Path, method: str, arguments: tuple[object, ...], timeout_seconds: float) -> object:
    _check_owner(path)
    connection = _Connection(str(path), timeout_seconds)
    # The library's signature knows fewer types than XML-RPC has.
    body = xmlrpc.client.dumps(arguments, method)  # type: ignore[arg-type]
    try:
        connection.request("POST", "/RPC2", body.encode(), {"Content-Type": "text/xml"})
        answer = connection.getresponse().read()
        result: object = xmlrpc.client.loads(answer.decode())[0][0]
    except xmlrpc.client.Fault as fault:
        raise Fault(fault.faultCode, fault.faultString, method=method) from fault
    except (ConnectionRefusedError, FileNotFoundError) as error:
        raise not_running(path) from error
    except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
        kind = _Reset if isinstance(error, ConnectionError) else PortError
        raise kind(
            "the supervisor did not answer",
            where=str(path),
            why=f"`{method}`: {type(error).__name__} {error}".strip(),
            fix="See supervisor/supervisord.log under SHIPWAY_HOME.",
        ) from error
    finally:
        connection.close()
    return result


def not_running(path: Path) -> NotRunning:
    """As an error with what to do."""
    return NotRunning(
        "no supervisor runs here",
        where=str(path),
        why="Nothing listens on its socket.",
        fix="`shipway deploy` and `shipway serve` start it.",
    )


def _check_owner(path: Path) -> None:
    """The socket may lie in a directory that others write to; theirs is not ours."""
    try:
        found = path.lstat()
    except FileNotFoundError as error:
        raise not_running(path) from error
    if found.st_uid == os.getuid() and stat.S_ISSOCK(found.st_mode):
        return
    raise PortError(
        "the supervisor's socket belongs to somebody else",
        where=str(path),
        why=f"Its owner has the number {found.st_uid}; ours is {os.getuid()}.",
        fix="Remove it, or choose another SHIPWAY_HOME.",
    )
