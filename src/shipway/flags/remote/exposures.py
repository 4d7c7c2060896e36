"""Counts which flags were answered how, and tells the server now and then."""

import logging
import threading
import time

from shipway.errors import ShipwayError
from shipway.flags.remote.api import Api

FLUSH_SECONDS = 10.0
LINES_MAX = 1_000
"""What one message has; flags beyond it wait for the next."""
KEYS_MAX = 100_000
ANSWER_SECONDS = 5.0
log = logging.getLogger("shipway.flags")

Line = tuple[str, str]
"""The flag, and the variant, `on` or `off`."""


class Exposures:
    """A count for each flag and variant, however often they are asked: its size is that of the file."""

    def __init__(self, api: Api) -> None:
        self._api = Api(api.address, seconds=ANSWER_SECONDS)
        self.forget()

    def forget(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._counts: dict[Line, int] = {}
        self._next = time.monotonic() + FLUSH_SECONDS

    def add(self, line: Line, count: int = 1) -> None:
        """Somebody got this answer."""
        with self._lock:
            counts = self._counts
            if line in counts:
                counts[line] += count
            elif len(counts) < KEYS_MAX:
                counts[line] = count

    def flush_when_due(self) -> None:
        """Tell every few seconds."""
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Tell now. What cannot be told is kept for the next time."""
        self._next = time.monotonic() + FLUSH_SECONDS
        with self._lock:
            lines = list(self._counts.items())[:LINES_MAX]
            for line, _ in lines:
                del self._counts[line]
        if not lines:
            return
        said = [{"flag": flag, "variant": variant, "count": count} for (flag, variant), count in lines]
        try:
            self._api.ask("POST", "/exposures", body={"exposures": said})
        except ShipwayError as error:
            log.info("exposures are told later: %s", error.what)
            for line, count in lines:
                self.add(line, count)
