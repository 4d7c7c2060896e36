"""A way to the API server that fails now and then, as networks, load balancers and busy servers do."""

import http.client
import json
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.settings import API_PORT, NODE_ADDRESS

SECONDS_MAX = 30.0
WRITES = ("POST", "PUT", "PATCH", "DELETE")
PASSED_ON = ("authorization", "content-type", "accept")


@dataclass(frozen=True)
class Fault:
    """What is answered in place of the server, or done to its answer."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    """None: as the API server would say it."""
    delay_seconds: float = 0.0
    is_done: bool = False
    """The server does it, and its answer is lost."""


Chosen = Callable[[str, str, int], Fault | None]
"""By method, path and the number of the request."""
BUSY = Fault(status=429, headers={"Retry-After": "1"})
AWAY = Fault(status=503)
PAGE = Fault(status=502, body="<html>Bad Gateway</html>")
STRANGE = Fault(status=400, body='{"error": "not what a Kubernetes says"}')
CONFLICT = Fault(status=409)
LOST = Fault(is_done=True)
SLOW = Fault(delay_seconds=0.5)


class Way:
    """`chosen` may be changed at any time."""

    def __init__(self, chosen: Chosen) -> None:
        self.chosen, self.number, self.faults = chosen, 0, 0
        self._lock = threading.Lock()

    def next(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self.number += 1
            fault = self.chosen(method, path, self.number)
            self.faults += fault is not None
            return fault


def now_and_then(*faults: Fault, share: float = 0.25, of: tuple[str, ...] = (*WRITES, "GET")) -> Chosen:
    """This share of the requests of these methods, by chance: what is tried again is not always hit again."""
    chance = random.Random(7)
    return lambda method, path, _: chance.choice(faults) if method in of and chance.random() < share else None


@contextmanager
def faulty(cluster: Cluster, folder: Path, chosen: Chosen) -> Iterator[tuple[Path, Way]]:
    """A kubeconfig that leads through it."""
    way = Way(chosen)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(way))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{server.server_port}"}
    path = folder / "faulty.yaml"
    path.write_text(yaml.safe_dump(config))
    try:
        yield path, way
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS_MAX)


def _handler(way: Way) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fault = way.next(self.command, self.path)
            if fault is None or fault.is_done or not fault.status:
                status, headers, answer = self.forwarded(body)
                time.sleep(fault.delay_seconds if fault else 0.0)
                if fault and fault.is_done:
                    self.close_connection = True
                    self.connection.close()
                    return
            else:
                said = {
                    "kind": "Status",
                    "status": "Failure",
                    "code": fault.status,
                    "message": "a fault of the test",
                }
                status, headers = fault.status, dict(fault.headers)
                answer = (json.dumps(said) if fault.body is None else fault.body).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

        def forwarded(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            context = ssl._create_unverified_context()
            there = http.client.HTTPSConnection(NODE_ADDRESS, API_PORT, timeout=SECONDS_MAX, context=context)
            headers = {name: value for name, value in self.headers.items() if name.lower() in PASSED_ON}
            there.request(self.command, self.path, body or None, headers)
            answer = there.getresponse()
            told = answer.read()
            there.close()
            return answer.status, {"content-type": answer.headers.get("content-type", "")}, told

        def log_message(self, format: str, *values: object) -> None:
            return

    return Handler
