"""A service that behaves as its environment says: `python evidence_app.py --port 8001 --version 1.9.0`.

`FAILS` and `HANGS` are shares of requests, `MEDIAN_MS` and `SPREAD` make a lognormal latency, `SHARED` is a file
that makes half of all requests of every version fail while it is there.
"""

import argparse
import asyncio
import os
import random
from pathlib import Path
from typing import Any

import uvicorn


class Service:
    """ASGI 3, HTTP only."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.fails, self.hangs = (float(os.environ.get(name, "0")) for name in ("FAILS", "HANGS"))
        self.median = float(os.environ.get("MEDIAN_MS", "5")) / 1000.0
        self.spread = float(os.environ.get("SPREAD", "0.4"))
        self.shared = Path(os.environ["SHARED"]) if "SHARED" in os.environ else None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        is_health = scope["path"].startswith("/health")
        status = 200 if is_health else await self.answer()
        headers = [(b"x-version", self.version.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def answer(self) -> int:
        """The status, after its time."""
        if random.random() < self.hangs:
            await asyncio.sleep(3600.0)
        await asyncio.sleep(random.lognormvariate(0.0, self.spread) * self.median)
        is_down = self.shared is not None and self.shared.exists()
        return 503 if random.random() < (0.5 if is_down else self.fails) else 200


def main() -> None:
    """Serve until SIGTERM; requests that hang are not waited for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    uvicorn.run(
        Service(options.version),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
