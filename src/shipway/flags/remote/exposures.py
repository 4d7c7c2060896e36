"""Counts which flags were answered how and to how many users, and tells the server now and then."""

import logging
import threading
import time

from shipway.errors import ShipwayError
from shipway.flags import distinct
from shipway.flags.bucketing import key_of
from shipway.flags.remote.api import Api

FLUSH_SECONDS = 10.0
LINES_MAX = 500
"""What one message has; flags beyond it wait for the next."""
KEYS_MAX = 100_000
USERS_OF_MAX = 4_000
"""Of so many flags and variants users are told apart at a time, a kilobyte each; of others only answers count."""
ANSWER_SECONDS = 5.0
log = logging.getLogger("shipway.flags")

Line = tuple[str, str]
"""The flag, and the variant, `on` or `off`."""


class Exposures:
    """A count for each flag and variant, however often they are asked: its size is that of the file.

    Users are told apart by registers (`distinct`): no user is sent, and each costs nothing.
    """

    def __init__(self, api: Api) -> None:
        self._api = Api(api.address, seconds=ANSWER_SECONDS)
        self.forget()

    def forget(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._counts: dict[Line, int] = {}
        self._users: dict[Line, bytearray] = {}
        self._next = time.monotonic() + FLUSH_SECONDS

    def add(self, line: Line, user: object = None) -> None:
        """Somebody got this answer; `user` is what the flag knows its users by."""
        with self._lock:
            counts = self._counts
            if line in counts:
                counts[line] += 1
            elif len(counts) < KEYS_MAX:
                counts[line] = 1
            key = key_of(user)
            if key is not None and (registers := self._registers(line)) is not None:
                distinct.add(registers, key)

    def _registers(self, line: Line) -> bytearray | None:
        found = self._users.get(line)
        if found is None and len(self._users) < USERS_OF_MAX and line in self._counts:
            found = self._users[line] = bytearray(distinct.REGISTERS)
        return found

    def flush_when_due(self) -> None:
        """Tell every few seconds."""
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Tell now. What cannot be told is kept for the next time."""
        self._next = time.monotonic() + FLUSH_SECONDS
        with self._lock:
            lines = list(self._counts.items())[:LINES_MAX]
            users = {line: self._users.pop(line) for line, _ in lines if line in self._users}
            for line, _ in lines:
                del self._counts[line]
        if not lines:
            return
        said = [
            {"flag": line[0], "variant": line[1], "count": count, "users": _packed(users.get(line))}
            for line, count in lines
        ]
        try:
            self._api.ask("POST", "/exposures", body={"exposures": said})
        except ShipwayError as error:
            log.info("exposures are told later: %s", error.what)
            self._put_back(lines, users)

    def _put_back(self, lines: list[tuple[Line, int]], users: dict[Line, bytearray]) -> None:
        with self._lock:
            for line, count in lines:
                if line in self._counts or len(self._counts) < KEYS_MAX:
                    self._counts[line] = self._counts.get(line, 0) + count
            for line, registers in users.items():
                if (now := self._registers(line)) is not None:
                    now[:] = distinct.joined(bytes(now), bytes(registers))


def _packed(registers: bytearray | None) -> str:
    return "" if registers is None else distinct.packed(bytes(registers))
