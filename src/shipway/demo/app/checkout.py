"""The shop as a command: `python -m shipway.demo.app.checkout --port 8001 --version 1.8.2`."""

import argparse
import asyncio
import json
import logging
import os
import sys
import time

import uvicorn

from shipway.demo.app.behaviour import Behaviour, behaviour
from shipway.demo.app.routes import Routes
from shipway.health import AsgiMiddleware, Health
from shipway.health.asgi_types import App, Message, Receive, Scope, Send

CLOSE_SECONDS = 0.01


def build(wanted: Behaviour) -> App:
    """The application, with its health."""
    return Stamp(AsgiMiddleware(Routes(wanted), _health(wanted)), wanted)


def _health(wanted: Behaviour) -> Health:
    ready_at = time.monotonic() + wanted.start_seconds

    async def has_started() -> bool:
        return time.monotonic() >= ready_at

    async def has_stock() -> bool:
        return not wanted.is_never_ready

    health = Health(drain_delay_seconds=wanted.drain_delay_seconds)
    health.depends_on("start", has_started)
    health.depends_on("stock", has_stock)
    health.close_at_exit("till", _close_till)
    return health


async def _close_till() -> None:
    await asyncio.sleep(CLOSE_SECONDS)


class Stamp:
    """Every response names the version that made it; each may be logged as a line of JSON."""

    def __init__(self, app: App, wanted: Behaviour) -> None:
        self._app = app
        self._wanted = wanted
        self._header = (b"x-version", wanted.version.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        began_at = time.monotonic()

        async def stamped(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message = {**message, "headers": [*message.get("headers", ()), self._header]}
            if message["type"] == "http.response.start" and self._wanted.logs_requests:
                self._log(scope, message["status"], time.monotonic() - began_at)
            await send(message)

        await self._app(scope, receive, stamped)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        line = {
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "ms": round(seconds * 1000, 1),
            "version": self._wanted.version,
        }
        print(json.dumps(line), flush=True)


def main() -> None:
    """Serve until SIGTERM. Ends with 1 at once when `CHECKOUT_CRASH=1`."""
    options = _options()
    wanted = behaviour(options.version, os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    print(f"checkout {wanted.version} at http://{options.host}:{options.port}", flush=True)
    if wanted.crashes_at_start:
        sys.exit(1)
    uvicorn.run(
        build(wanted), host=options.host, port=options.port, log_level="warning", access_log=False, lifespan="on"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="checkout", description="A small shop to release.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--version", default="1.8.2")
    return parser.parse_args()


if __name__ == "__main__":
    main()
