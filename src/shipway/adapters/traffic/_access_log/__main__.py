"""Counts what a proxy logs: `python -m shipway.adapters.traffic._access_log WAY LOG ANSWERS [PID]`.

`WAY` is `stream` for a proxy that connects to the socket `LOG`, `datagram` for one that sends lines there, or
`file` for one that writes them into the file `LOG`; then `PID` is the file with the number of its process.
Who connects to the socket `ANSWERS` and names a service gets what was counted of it, as JSON.
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import msgspec

from shipway.adapters.traffic._access_log.following import LOOK_SECONDS, Followed
from shipway.adapters.traffic._access_log.tally import Tally

SYSLOG = re.compile(rb"^<\d+>.*?: ")
"""What is before a line that is sent as syslog (RFC 3164)."""
LINES_AT_ONCE = 10_000
LINE_BYTES_MAX = 65_536
BUFFER_BYTES = 4_194_304
"""What waits in the socket while this program is busy, as far as the system grants it."""
QUESTION_SECONDS = 5.0


class Streamed(asyncio.Protocol):
    """Lines from one connection; what is no whole line yet waits for its rest."""

    def __init__(self, tally: Tally) -> None:
        self.tally, self._rest = tally, b""

    def data_received(self, data: bytes) -> None:
        """Count the whole lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.tally.take(lines)
        self._rest = self._rest[:LINE_BYTES_MAX]


def read_datagrams(log: socket.socket, tally: Tally) -> None:
    """Count what waits, a line each."""
    lines: list[bytes] = []
    with contextlib.suppress(BlockingIOError):
        while len(lines) < LINES_AT_ONCE:
            lines.append(SYSLOG.sub(b"", log.recv(LINE_BYTES_MAX)).rstrip(b"\n"))
    tally.take(lines)


def bound(path: str, kind: socket.SocketKind) -> socket.socket:
    """A socket of this name for this user alone; whoever had it before has it no more."""
    Path(path).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    made.bind(path)
    Path(path).chmod(0o600)
    made.setblocking(False)
    return made


async def follow(followed: Followed) -> None:
    """Read what is written, for ever."""
    while True:
        followed.read()
        await asyncio.sleep(LOOK_SECONDS)


async def run(way: str, log_path: str, answers_path: str, pid_path: str = "") -> None:
    """Until it is told to end."""
    loop, ends = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ends.set)
    tally = Tally(f"{time.time():.3f}-{os.getpid()}")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, ValueError):
            async with asyncio.timeout(QUESTION_SECONDS):
                service = (await reader.readline()).decode(errors="replace").strip()
                if way == "datagram":
                    read_datagrams(log, tally)
                elif way == "file":
                    followed.read()
                writer.write(msgspec.json.encode(tally.told(service)))
                await writer.drain()
        writer.close()

    os.umask(0o077)
    if way == "datagram":
        log = bound(log_path, socket.SOCK_DGRAM)
        loop.add_reader(log, read_datagrams, log, tally)
    elif way == "file":
        followed = Followed(Path(log_path), tally, pid_file=Path(pid_path))
        following = asyncio.create_task(follow(followed))
        following.add_done_callback(lambda _: ends.set())
    else:
        await loop.create_unix_server(lambda: Streamed(tally), sock=bound(log_path, socket.SOCK_STREAM))
    async with await asyncio.start_unix_server(answer, sock=bound(answers_path, socket.SOCK_STREAM)):
        await ends.wait()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
