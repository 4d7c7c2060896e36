"""Users in a process of their own: `python -m benchmarks.asking --port 8080 --rate 500 --connections 16`.

They ask until its input has ended and at least `--least` requests were sent. What became of them comes out as
JSON.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

from shipway.demo.load import Counts, Load

HOST = "127.0.0.1"
LOOK_SECONDS = 0.1


class Asking:
    """Starts and ends such a process."""

    def __init__(self, port: int, *, rate: float, connections: int, least: int = 0, host: str = HOST) -> None:
        self.command = (
            *(sys.executable, "-m", "benchmarks.asking", "--port", str(port), "--host", host),
            *("--rate", str(rate), "--connections", str(connections), "--least", str(least)),
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self.command, stdin=pipe, stdout=pipe)

    async def stop(self) -> Counts:
        """Let the requests under way end; what became of all."""
        assert self._process is not None
        output, _ = await self._process.communicate(b"")
        return Counts(**json.loads(output))


async def ask(options: argparse.Namespace) -> dict[str, Any]:
    """Ask until the input ends."""
    load = Load(options.host, options.port, rate=options.rate, connections=options.connections)
    load.start()
    await asyncio.to_thread(sys.stdin.read)
    while load.counts.sent < options.least:  # noqa: ASYNC110 - the load has nobody to tell
        await asyncio.sleep(LOOK_SECONDS)
    return asdict(await load.stop())


def main() -> None:
    """Ask, and say what became of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--least", type=int, default=0)
    print(json.dumps(asyncio.run(ask(parser.parse_args()))))


if __name__ == "__main__":
    main()
