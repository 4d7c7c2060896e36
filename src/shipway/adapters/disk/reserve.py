"""A file that does nothing but take up room, given up when the disk is full."""

import contextlib
import os
from pathlib import Path

import structlog

from shipway.adapters.disk.room import FULL_BYTES, free_bytes

RESERVE_BYTES = 16_000_000
SPARE_BYTES = 4 * RESERVE_BYTES
"""Only with so much free is a reserve made: it must not be what fills the disk."""

log = structlog.get_logger()


class Reserve:
    """So that a take-back can still be written down, and what is wrong be told.

    What fills the disk may take that room too; a controller that looks every second is mostly sooner.
    """

    def __init__(self, home: Path) -> None:
        self.home, self.path = home, home / "reserve"

    def look(self) -> None:
        """Give it up where the disk is full; make it, again, where there is plenty."""
        free = free_bytes(self.home)
        if free < FULL_BYTES and self.path.exists():
            self._give_up()
        elif free > SPARE_BYTES and not self.path.exists():
            self._make()

    def _give_up(self) -> None:
        with contextlib.suppress(OSError):  # on such a disk even this may fail; the next look tries again
            self.path.unlink(missing_ok=True)
            log.error("the disk is full; what was held in reserve is given up", home=str(self.home))

    def _make(self) -> None:
        new = self.path.with_suffix(".new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                _fill(file.fileno())
            new.replace(self.path)
        except OSError as error:
            new.unlink(missing_ok=True)
            log.warning("nothing can be held in reserve", path=str(self.path), error=str(error))


def _fill(descriptor: int) -> None:
    """With blocks of its own; a file with holes would reserve nothing."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        return
    for _ in range(RESERVE_BYTES // 1_000_000):
        os.write(descriptor, bytes(1_000_000))
