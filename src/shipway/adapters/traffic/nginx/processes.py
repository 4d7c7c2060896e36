"""nginx as the system sees it: its main process, its workers, their connections.

A worker's title tells whether it still takes connections. After a reload the former ones finish what they have.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.nginx.places import Home

FINISHING = "worker process is shutting down"
WORKER = "worker process"


class Worker(Struct, frozen=True, order=True):
    """One worker; a number alone may be another process's by now."""

    pid: int
    started_at: float


def main_process(home: Home) -> int | None:
    """The process that reads the configuration; none where none runs."""
    import psutil

    found = durable.read(home.pid)
    if not found or not found.strip().isdigit():
        return None
    number = int(found)
    try:
        told = " ".join(psutil.Process(number).cmdline())
    except psutil.Error:
        return None
    return number if "nginx" in told and str(home.configuration) in told else None


def accepting(home: Home) -> frozenset[Worker]:
    """Workers that take new connections."""
    return frozenset(worker for worker, title in _workers(home) if FINISHING not in title)


def _workers(home: Home) -> Iterator[tuple[Worker, str]]:
    import psutil

    number = main_process(home)
    if number is None:
        return
    with _tolerating_ends():
        for child in psutil.Process(number).children():
            with _tolerating_ends():
                title = " ".join(child.cmdline())
                if WORKER in title:
                    yield Worker(child.pid, child.create_time()), title


def all_of(home: Home) -> frozenset[int]:
    """The numbers of all its processes."""
    main = main_process(home)
    return frozenset(worker.pid for worker, _ in _workers(home)) | ({main} if main else set())


class Connection(Struct, frozen=True):
    """From a worker to a replica."""

    own_port: int
    peer_port: int
    peer: str
    """`host:port`."""


def connections(home: Home) -> Iterator[Connection]:
    """Those that are open or just being opened, of all workers, whichever version they run."""
    import psutil

    used = (psutil.CONN_ESTABLISHED, psutil.CONN_SYN_SENT)
    for worker, _ in _workers(home):
        with _tolerating_ends():
            for one in psutil.Process(worker.pid).net_connections("tcp"):
                if one.raddr and one.status in used:
                    yield Connection(one.laddr.port, one.raddr.port, _written(one.raddr.ip, one.raddr.port))


def requests_at(home: Home, addresses: Iterable[str]) -> Mapping[str, int]:
    """Connections to each address. Where nothing new is sent, each carries a request: unused ones are closed when
    a worker learns that it is to finish, and the workers after it know that the address drains."""
    counts = Counter(one.peer for one in connections(home))
    return {address: counts[address] for address in addresses}


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def _tolerating_ends() -> Iterator[None]:
    """A process that just ended has no more to tell."""
    import psutil

    try:
        yield
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return


class Reload(Struct, frozen=True, kw_only=True):
    """What is noted before nginx is told to read its configuration anew."""

    former: str
    """The version that ran before."""
    workers: frozenset[Worker] = frozenset()
    """Which go on with it until they are seen to finish."""


def noted(home: Home) -> Reload | None:
    """The newest reload; none before the first."""
    content = durable.read(home.reload)
    return msgspec.json.decode(content, type=Reload) if content else None


def note(home: Home, reload: Reload) -> None:
    """Keep it for whoever looks."""
    durable.replace(home.reload, msgspec.json.encode(reload))
