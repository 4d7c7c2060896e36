"""A backend as one process tells of it."""

import csv
from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.traffic.haproxy import running
from shipway.adapters.traffic.haproxy.master import Master, Unreachable, Worker
from shipway.adapters.traffic.haproxy.running import STATUSES
from shipway.adapters.traffic.haproxy.servers import DRAINED, MAINTENANCE, STOPPED
from shipway.errors import PortError

PREFIX = "shipway"
"""Of the names of servers that are Shipway's."""
CONFIGURED = 0x2
"""Of `srv_check_state`."""
ALGORITHMS = ("roundrobin", "random")
"""That divide requests by weights which change while HAProxy runs. Others look at connections, or at clients."""


class Counted(Struct, frozen=True):
    """Requests that a process counted since it started."""

    requests: int = 0
    errors: int = 0


class Server(Struct, frozen=True, kw_only=True):
    """One line of the backend."""

    name: str
    address: str
    operation: int
    administration: int
    weight: int
    initial_weight: int
    is_checked: bool
    in_flight: int
    counted: Counted

    @property
    def is_gone(self) -> bool:
        """It gets nothing new, and may be given another address when nothing is in flight."""
        return bool(self.administration & MAINTENANCE)

    @property
    def is_draining(self) -> bool:
        """It gets nothing new, well or not, because it was told so."""
        return bool(self.administration & DRAINED)

    @property
    def is_healthy(self) -> bool:
        """Whether HAProxy's own checks let it have requests."""
        return self.operation != STOPPED

    @property
    def is_served(self) -> bool:
        """Whether it may get requests, were it well."""
        return not self.is_gone and not self.is_draining and self.weight > 0


class Backend(Struct, frozen=True, kw_only=True):
    """All of it."""

    pid: int
    is_current: bool
    id: str
    name: str
    algorithm: str
    servers: Mapping[str, Server]
    """Shipway's, by name."""
    others: tuple[Server, ...]
    may_divide: bool
    """Whether it may still choose a server. A process that a reload left to finish cannot be steered any more, and
    takes one last request on each connection that its client has kept."""
    unserved: int
    """Requests that HAProxy answered with 5xx by itself because there was no server for them."""


def told(master: Master, worker: Worker, name: str) -> Backend | None:
    """None where the process does not know it, or has ended."""
    rows = list(running.rows(master.ask_worker(worker, f"show servers state {name}")))
    table = master.ask_worker(worker, f"show stat {name} 6 -1").lstrip("# \n")
    counts = {row["svname"]: row for row in csv.DictReader(table.splitlines()) if row.get("pxname") == name}
    if "BACKEND" not in counts:
        return None
    servers = [_server(row, counts.get(row["srv_name"], {})) for row in rows]
    return Backend(
        pid=worker.pid,
        is_current=worker.is_current,
        id=rows[0]["be_id"] if rows else "0",
        name=name,
        algorithm=counts["BACKEND"].get("algo", ""),
        servers={one.name: one for one in servers if one.name.startswith(PREFIX)},
        others=tuple(one for one in servers if not one.name.startswith(PREFIX)),
        may_divide=worker.is_current or _has_kept_connections(master, worker),
        unserved=_unserved(counts),
    )


def _has_kept_connections(master: Master, worker: Worker) -> bool:
    """More connections of clients than requests in hand."""
    table = master.ask_worker(worker, "show stat -1 3 -1").lstrip("# \n")
    ways = {"FRONTEND": 1, "BACKEND": -1}
    return (
        sum(
            ways[row["svname"]] * _number(row, "scur")
            for row in csv.DictReader(table.splitlines())
            if row.get("svname") in ways
        )
        > 0
    )


def backends(master: Master, name: str) -> tuple[Backend, ...]:
    """Of all processes that know it, the newest first. Raises `PortError` where it cannot be steered."""
    listed = sorted(_workers(master), key=lambda worker: not worker.is_current)
    found = tuple(one for one in (told(master, worker, name) for worker in listed) if one is not None)
    if not found or not found[0].is_current:
        raise _unfit(master, name, "It has no backend of that name.", "Add the backend to its configuration.")
    current = found[0]
    if current.algorithm not in ALGORITHMS:
        said = f"Its `balance` is {current.algorithm or 'not told'}, which does not divide requests by weights."
        raise _unfit(master, name, said, "Write `balance roundrobin` there, and reload it.")
    if not current.servers:
        said = f"None of its servers has a name that begins with {PREFIX}."
        raise _unfit(
            master, name, said, "Add the `server-template` of the guide (docs/guides/haproxy.md), and reload it."
        )
    return found


def _workers(master: Master) -> tuple[Worker, ...]:
    try:
        listed = master.workers().listed
    except Unreachable as error:
        raise Unreachable(
            "HAProxy does not answer",
            where=f"traffic.haproxy.socket: {master.path}",
            why=error.why,
            fix=f"Start it with `-W -S {master.path}`, and let Shipway's user open it (`,uid,NUMBER`).",
        ) from error
    if not listed:
        raise PortError(
            "HAProxy's socket tells of no processes",
            where=f"traffic.haproxy.socket: {master.path}",
            why="It is no master's: one of `stats socket` knows a single process, and none that finishes.",
            fix="Give the socket that HAProxy was started with, by `-W -S /run/haproxy-master.sock`.",
        )
    return listed


def _server(row: Mapping[str, str], counts: Mapping[str, str]) -> Server:
    host, port = row["srv_addr"], row["srv_port"]
    return Server(
        name=row["srv_name"],
        address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        operation=int(row["srv_op_state"]),
        administration=int(row["srv_admin_state"]),
        weight=int(row["srv_uweight"]),
        initial_weight=int(row["srv_iweight"]),
        is_checked=bool(int(row["srv_check_state"]) & CONFIGURED),
        in_flight=_number(counts, "scur") + _number(counts, "qcur"),
        counted=_counted(counts),
    )


def _counted(row: Mapping[str, str]) -> Counted:
    """What ended: answers of the server, and attempts for which the user got HAProxy's own answer, or none."""
    failed = _number(row, "econ") + _number(row, "eresp")
    answers = sum(_number(row, f"hrsp_{kind}") for kind in STATUSES)
    return Counted(answers + failed, _number(row, "hrsp_5xx") + failed)


def _unserved(counts: Mapping[str, Mapping[str, str]]) -> int:
    own = sum(_counted(row).errors for name, row in counts.items() if name != "BACKEND")
    return max(0, _number(counts["BACKEND"], "hrsp_5xx") - own)


def _number(row: Mapping[str, str], name: str) -> int:
    return int(row.get(name) or 0)


def _unfit(master: Master, name: str, why: str, fix: str) -> PortError:
    return PortError(
        f"HAProxy's backend {name} cannot be steered",
        where=f"traffic.haproxy.backend: {name} ({master.path})",
        why=why,
        fix=fix,
    )
