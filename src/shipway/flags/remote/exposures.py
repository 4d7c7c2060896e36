"""Counts which flags were answered how and to how many users, and tells the server now and then."""

import logging
import threading
import time

from xxhash import xxh64_intdigest

from shipway.errors import ShipwayError
from shipway.flags.bucketing import key_of
from shipway.flags.distinct import BITS, MASK, RANK_MAX, REGISTERS, SEED, joined, packed
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


class Shown:
    """Who got one answer since it was told last."""

    __slots__ = ("count", "registers")

    def __init__(self, registers: bytearray | None) -> None:
        self.count = 0
        self.registers = registers


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
        self.shown: dict[Line, Shown] = {}
        self._next = time.monotonic() + FLUSH_SECONDS

    def add(self, line: Line, user: object = None) -> None:
        """Somebody got this answer; `user` is what the flag knows its users by. Part of every question that is
        counted, so that nothing is called that need not be."""
        try:
            key = user.encode() if type(user) is str else key_of(user)
        except UnicodeEncodeError:
            key = key_of(user)
        with self._lock:
            shown = self.shown.get(line) or self._new(line)
            if shown is None:
                return
            shown.count += 1
            registers = shown.registers
            if key and registers is not None:
                found = xxh64_intdigest(key, SEED)
                rank, place = RANK_MAX - (found >> BITS).bit_length(), found & MASK
                if registers[place] < rank:
                    registers[place] = rank

    def _new(self, line: Line) -> Shown | None:
        count = len(self.shown)
        if count >= KEYS_MAX:
            return None
        made = self.shown[line] = Shown(bytearray(REGISTERS) if count < USERS_OF_MAX else None)
        return made

    def flush_when_due(self) -> None:
        """Tell every few seconds."""
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Tell now. What cannot be told is kept for the next time."""
        self._next = time.monotonic() + FLUSH_SECONDS
        with self._lock:
            lines = list(self.shown.items())[:LINES_MAX]
            for line, _ in lines:
                del self.shown[line]
        if not lines:
            return
        said = [
            {"flag": line[0], "variant": line[1], "count": shown.count, "users": _packed(shown)}
            for line, shown in lines
        ]
        try:
            self._api.ask("POST", "/exposures", body={"exposures": said})
        except ShipwayError as error:
            log.info("exposures are told later: %s", error.what)
            self._put_back(lines)

    def _put_back(self, lines: list[tuple[Line, Shown]]) -> None:
        with self._lock:
            for line, before in lines:
                now = self.shown.get(line) or self._new(line)
                if now is None:
                    continue
                now.count += before.count
                if now.registers is not None and before.registers is not None:
                    now.registers[:] = joined(bytes(now.registers), bytes(before.registers))


def _packed(shown: Shown) -> str:
    return "" if shown.registers is None else packed(bytes(shown.registers))
