"""A service with a feature behind a flag: `python flag_app.py --port 8001 --version 1.9.0`.

Each request is another user's. `SHOWN_FAILS` is the share of requests that fail for users who see the feature.
"""

import argparse
import os
import random
from typing import Any

import uvicorn

from shipway.flags import FeatureFlags
from shipway.flags.outcomes import Outcomes


class Service:
    """ASGI 3, HTTP only. The flags' file is followed quickly, so that a test need not wait."""

    def __init__(self) -> None:
        self.flags = FeatureFlags(os.environ["FLAGS"], look_seconds=0.1)
        self.fails = float(os.environ.get("SHOWN_FAILS", "0"))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_health = scope["path"].startswith("/health")
        is_shown = not is_health and self.flags.is_enabled("new-cart", user_id=random.randrange(10**9))
        status = 503 if is_shown and random.random() < self.fails else 200
        headers = [(b"content-length", b"0"), (b"x-shown", str(is_shown).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", required=True)
    port = parser.parse_args().port
    app = Outcomes().asgi(Service())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
