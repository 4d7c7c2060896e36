"""A service that falls ill on demand: `python ailing_app.py --port 8001 --version 1.9.0`. Standard library only.

Below the folder that AILING names, `sick-NAME` makes its readiness answer 503 while it is there, and `dead-NAME`
makes it end with 3, where NAME is its version or its replica. Every answer names both.
"""

import argparse
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER, REPLICA = Path(os.environ["AILING"]), os.environ["SHIPWAY_REPLICA"]


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    protocol_version = "HTTP/1.1"
    version = ""

    def do_GET(self) -> None:
        """Readiness, liveness, or who we are."""
        body = REPLICA.encode()
        self.send_response(503 if self.path == "/health/ready" and self.is_told("sick") else 200)
        self.send_header("X-Version", self.version)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """As GET."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    @classmethod
    def is_told(cls, what: str) -> bool:
        """Whether somebody wants it to be so."""
        return any((FOLDER / f"{what}-{name}").exists() for name in (cls.version, REPLICA))

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def dying() -> None:
    """End when it is told."""
    while not Handler.is_told("dead"):
        time.sleep(0.05)
    print("Traceback: the database is not there", flush=True)
    os._exit(3)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    Handler.version = options.version
    threading.Thread(target=dying, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
