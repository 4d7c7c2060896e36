"""Counts what a proxy logs: `python -m shipway.adapters.traffic._access_log WAY LOG ANSWERS [PID]`.

`WAY` is `stream` for a proxy that connects to the socket `LOG`, or `file` for one that writes lines into the file
`LOG`; then `PID` is the file with the number of its process. Who connects to the socket `ANSWERS` and names a
service gets what was counted of it, as JSON.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from shipway.adapters.traffic._access_log.following import LOOK_SECONDS, Followed
from shipway.adapters.traffic._access_log.streamed import Streamed, bound
from shipway.adapters.traffic._access_log.tally import Tally

QUESTION_SECONDS = 5.0


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
    os.umask(0o077)
    source: Followed | Streamed
    if way == "file":
        source = Followed(Path(log_path), tally, pid_file=Path(pid_path))
        following = asyncio.create_task(follow(source))
        following.add_done_callback(lambda _: ends.set())
    else:
        source = Streamed(bound(log_path), tally)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, ValueError):
            async with asyncio.timeout(QUESTION_SECONDS):
                service = (await reader.readline()).decode(errors="replace").strip()
                source.read()
                writer.write(msgspec.json.encode(tally.told(service)))
                await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, sock=bound(answers_path)):
        await ends.wait()
    for socket in (answers_path, log_path) if way == "stream" else (answers_path,):
        Path(socket).unlink(missing_ok=True)  # the system leaves its name


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
