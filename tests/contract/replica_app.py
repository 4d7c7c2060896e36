"""A tiny HTTP application for platform tests: `python replica_app.py BEHAVIOUR --port N`. Standard library only.

It behaves `well`, is `never-ready`, `exits` (at once, with 3), is `stubborn` (ignores SIGTERM), `forks` (a
child serves, and outlives it), or `grows` (by 120 MiB, when asked for `/grow`). It answers its health with 503
while the file that SICK names exists. It listens on the address HOST. `/env`
tells what it runs with. `/warm` is answered faster each time,
`/warmed` tells how often it was.
"""

import argparse
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BEHAVIOUR = sys.argv[1]
WARM_SECONDS, WARM_PASSES = 0.06, 10
GROWN: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    """Answers GET, and no POST."""

    warmed = 0

    def do_GET(self) -> None:
        """Health, then who we are."""
        is_sick = BEHAVIOUR == "never-ready" or Path(os.environ.get("SICK", "/nowhere/file")).exists()
        if self.path == "/grow" and BEHAVIOUR == "grows":
            GROWN.append(bytes(b"x" * 120 * 2**20))
        if self.path.startswith("/health") and is_sick:
            return self._answer(503, {"status": "unready", "failing": ["db"]})
        if self.path == "/warm":
            time.sleep(max(0.0, WARM_SECONDS * (1.0 - Handler.warmed / WARM_PASSES)))
            Handler.warmed += 1
        if self.path == "/warmed":
            return self._answer(200, {"count": Handler.warmed})
        return self._answer(200, {"pid": os.getpid(), "cwd": str(Path.cwd()), "env": dict(os.environ)})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("behaviour")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    print(f"listening on {port}", flush=True)
    if BEHAVIOUR == "exits":
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if BEHAVIOUR == "stubborn" else lambda *_: os._exit(0))
    if BEHAVIOUR == "forks" and (child := os.fork()):
        os.waitpid(child, 0)
    ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), port), Handler).serve_forever()


if __name__ == "__main__":
    main()
