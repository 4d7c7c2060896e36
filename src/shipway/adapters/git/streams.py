"""The streams of a process beside each other, each within its bound."""

import os
import selectors
import subprocess
import time

CHUNK = 65_536
COMPLAINT_MAX = 65_536
"""Of what it says on its error stream, in bytes; the rest is passed over."""


class TooMuch(Exception):
    """It printed more than it may."""


class Streams:
    """One exchange."""

    def __init__(self, process: subprocess.Popen[bytes], given: bytes, *, most: int) -> None:
        self._process, self._given, self._most = process, memoryview(given), most
        self._said, self._complaint = bytearray(), bytearray()

    def exchanged(self, seconds: float) -> tuple[bytes, bytes]:
        """What it printed on both. Raises `TooMuch` as soon as it did, or `subprocess.TimeoutExpired`."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as waiting:
            self._begin(waiting)
            while waiting.get_map():
                left = until - time.monotonic()
                if left <= 0:
                    raise subprocess.TimeoutExpired("git", seconds)
                for key, _ in waiting.select(left):
                    if key.data(key.fd):
                        waiting.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
        self._process.wait(max(0.1, until - time.monotonic()))
        return bytes(self._said), bytes(self._complaint)

    def _begin(self, waiting: selectors.BaseSelector) -> None:
        process = self._process
        assert process.stdout is not None and process.stderr is not None
        waiting.register(process.stdout, selectors.EVENT_READ, self._hear)
        waiting.register(process.stderr, selectors.EVENT_READ, self._hear_complaint)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            waiting.register(process.stdin, selectors.EVENT_WRITE, self._tell)

    def _hear(self, number: int) -> bool:
        """Each of these says whether the stream is at its end."""
        chunk = os.read(number, CHUNK)
        self._said += chunk
        if len(self._said) > self._most:
            raise TooMuch
        return not chunk

    def _hear_complaint(self, number: int) -> bool:
        chunk = os.read(number, CHUNK)
        self._complaint += chunk[: COMPLAINT_MAX - len(self._complaint)]
        return not chunk

    def _tell(self, number: int) -> bool:
        try:
            self._given = self._given[os.write(number, self._given[:CHUNK]) :]
        except BrokenPipeError:
            return True
        except BlockingIOError:
            return False
        return not self._given
