"""The socket of HAProxy's master process (docs.haproxy.org, Management Guide, "Master CLI").

The master starts a worker, and another one at each reload; a former worker ends with its last connection. Every
one of them is asked and steered through this socket: until it ended, it is as good as the newest.
"""

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from shipway.errors import PortError

TIMEOUT_SECONDS = 5.0
CHUNK_BYTES = 65_536
BATCH_CHARACTERS = 4000
"""Of commands in one line; HAProxy takes four times as many."""


class Unreachable(PortError):
    """Nobody answers on the socket: HAProxy does not run, or just starts."""


class Worker(Struct, frozen=True):
    """A process that carries requests."""

    pid: int
    is_current: bool
    """Whether it takes new connections."""


class Workers(Struct, frozen=True):
    """All of them."""

    listed: tuple[Worker, ...]
    failed_reloads: int
    """Since the last one that was taken."""

    @property
    def current(self) -> Worker | None:
        """The one that takes new connections."""
        return next((worker for worker in self.listed if worker.is_current), None)


class Master:
    """Every question is a connection of its own, as HAProxy has it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, line: str) -> str:
        """The answer to one line. Raises `Unreachable`."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
                asked.settimeout(TIMEOUT_SECONDS)
                asked.connect(str(self.path))
                asked.sendall(line.encode() + b"\n")
                asked.shutdown(socket.SHUT_WR)  # the master keeps the connection else
                return b"".join(iter(lambda: asked.recv(CHUNK_BYTES), b"")).decode(errors="replace")
        except OSError as error:
            raise Unreachable(
                "HAProxy does not answer",
                where=str(self.path),
                why=f"Its master's socket: {error}.",
                fix="It is started by the next change of traffic; `shipway status` tells whether it runs.",
            ) from error

    def ask_worker(self, worker: Worker, question: str) -> str:
        """The answer of one process."""
        return self.ask(f"@!{worker.pid} {question}")

    def tell(self, worker: Worker, commands: Iterable[str]) -> str:
        """Have one process carry these out, in order; what it said to them."""
        return "\n".join(self.ask(line) for line in _batches(f"@!{worker.pid}", commands))

    def workers(self) -> Workers:
        """Who carries requests. Raises `Unreachable`."""
        listed: list[Worker] = []
        failed, is_current = 0, True
        for row in self.ask("show proc").splitlines():
            words = row.split()
            if row.startswith("# old workers"):
                is_current = False
            elif row.startswith("# workers"):
                is_current = True
            elif words[1:2] == ["worker"]:
                listed.append(Worker(int(words[0]), is_current))
            elif words[1:2] == ["master"] and "[failed:" in words:
                failed = int(words[words.index("[failed:") + 1].rstrip("]"))
        return Workers(tuple(listed), failed)

    def version(self) -> str:
        """`2.6.12-1+deb12u4`, of the master. Raises `Unreachable`."""
        found = (row.split() for row in self.ask("show proc").splitlines())
        return next((words[-1] for words in found if words[1:2] == ["master"]), "")

    def is_live(self) -> bool:
        """Whether a worker takes connections."""
        try:
            return self.workers().current is not None
        except PortError:
            return False


def _batches(prefix: str, commands: Iterable[str]) -> Iterator[str]:
    """Commands of a line are carried out one after the other."""
    line = ""
    for command in commands:
        added = f"{prefix} {command}"
        if line and len(line) + len(added) > BATCH_CHARACTERS:
            yield line
            line = ""
        line = f"{line};{added}" if line else added
    if line:
        yield line
