"""Hands Envoy over: the same configuration as plain files elsewhere, and a process that nobody of ours keeps.

Both Envoys listen on the same port for a while, which the kernel allows (SO_REUSEPORT), so there is no moment in
which nobody takes a connection. Then the former one asks its clients to come again, closes its port, finishes
what it has in hand, and is ended by whoever kept it.
"""

import shlex
import subprocess
import time
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._sockets import socket_path
from shipway.adapters.traffic.envoy.admin import Admin
from shipway.adapters.traffic.envoy.delivery import last_words
from shipway.adapters.traffic.envoy.places import Home
from shipway.adapters.traffic.envoy.program import START_SECONDS, binary
from shipway.errors import PortError

FOLDERS = ("services", "routes", "certificates")
OURS = ("state.json", "lock")
"""What only Shipway reads."""
LOOK_SECONDS = 0.05
EXECUTABLE, FOR_THE_OWNER = 0o755, 0o600


class Copy:
    """Envoy's configuration in a folder of the user's."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._home, self.folder = Home(home), folder.absolute()
        self.socket = socket_path(self.folder / "admin.sock", name="envoy")
        self.script = self.folder / "run"
        self.log = self.folder / "envoy.log"

    def write(self) -> None:
        """All that Envoy reads, with its paths, and the command that starts it. Raises `PortError`."""
        files = [self._home.bootstrap, self._home.listeners, self._home.clusters]
        files += [path for name in FOLDERS for path in sorted((self._home.directory / name).rglob("*.json"))]
        for path in files:
            content = durable.read(path)
            if content is not None and path.name not in OURS:
                self._put(self.folder / path.relative_to(self._home.directory), content.decode())
        words = [str(binary()), "--config-path", str(self.folder / "bootstrap.json"), "--disable-hot-restart"]
        self._put(self.script, f"#!/bin/sh\nexec {shlex.join(words)} --log-level warning\n", mode=EXECUTABLE)

    def _put(self, path: Path, text: str, *, mode: int = FOR_THE_OWNER) -> None:
        there = text.replace(str(self._home.socket), str(self.socket))
        there = there.replace(f"{self._home.directory}/", f"{self.folder}/")
        durable.directory(path.parent)
        durable.replace(path, there.encode())
        path.chmod(mode)

    def start(self) -> int:
        """A process of nobody's, which takes connections beside the former one; its number. Raises `PortError`."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(self.script)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline, admin = time.monotonic() + START_SECONDS, Admin(self.socket)
        while not admin.is_live():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise PortError(
                    "Envoy does not come up with the files that were written",
                    where=str(self.folder),
                    why=last_words(self.log) or "It has written nothing.",
                    fix="Nothing was handed over, and the service goes on as before. Look at those files.",
                )
            time.sleep(LOOK_SECONDS)
        return process.pid


def drained(home: Path, *, seconds: float) -> bool:
    """Have the former Envoy take nothing more; whether it had finished what it had in hand by then."""
    admin, deadline = Admin(Home(home).socket), time.monotonic() + seconds
    # From now on each answer asks its client to connect anew, and a new connection may be the other's.
    admin.tell("/healthcheck/fail")
    admin.tell("/drain_listeners")
    while _in_hand(admin):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _in_hand(admin: Admin) -> int:
    found = admin.stats(r"http\..*\.downstream_rq_active")
    return sum(int(str(value)) for name, value in found.items() if not name.startswith("http.admin."))
