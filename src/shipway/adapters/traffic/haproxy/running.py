"""What one process of HAProxy runs, as it tells it. Only this counts as confirmed."""

import csv
from collections.abc import Iterator, Mapping
from statistics import median

from shipway.adapters.traffic.haproxy.maps import Map
from shipway.adapters.traffic.haproxy.master import Master, Worker
from shipway.adapters.traffic.haproxy.places import Service
from shipway.adapters.traffic.haproxy.servers import Server
from shipway.errors import PortError

SERVERS, COUNTS = "show servers state", "show stat -1 4 -1"
"""What they are, and what they do: of all proxies (-1), servers (4), all of them (-1)."""
BACKENDS = "show stat -1 2 -1"
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "other")
LOOKS = 3


def information(master: Master, worker: Worker) -> Mapping[str, str]:
    """`show info`, by name; empty for a process that has just ended."""
    rows = master.ask_worker(worker, "show info").splitlines()
    return {name: value for name, colon, value in (row.partition(": ") for row in rows) if colon}


def frame(master: Master, worker: Worker) -> str:
    """Which frame it was started with."""
    return information(master, worker).get("description", "")


def servers(master: Master, worker: Worker, service: Service) -> tuple[Server, ...]:
    """The service's replicas, of all slots."""
    in_flight = dict(_in_flight(master.ask_worker(worker, COUNTS)))
    return tuple(_servers(master.ask_worker(worker, SERVERS), service, in_flight))


def _in_flight(answer: str) -> Iterator[tuple[tuple[str, str], int]]:
    for row in csv.DictReader(answer.lstrip("# \n").splitlines()):
        if row.get("svname"):
            yield (row["pxname"], row["svname"]), int(row["scur"] or 0) + int(row["qcur"] or 0)


def _servers(answer: str, service: Service, in_flight: Mapping[tuple[str, str], int]) -> Iterator[Server]:
    for row in rows(answer):
        if service.slot_of(row["be_name"]):
            yield _server(row, in_flight.get((row["be_name"], row["srv_name"]), 0))


def rows(answer: str) -> Iterator[dict[str, str]]:
    """The lines of `show servers state`."""
    _, _, table = answer.partition("# ")
    yield from (row for row in csv.DictReader(table.splitlines(), delimiter=" ") if row.get("srv_name"))


def _server(row: Mapping[str, str], in_flight: int) -> Server:
    host, port = row["srv_addr"], row["srv_port"]
    return Server(
        backend=row["be_name"],
        name=row["srv_name"],
        address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        operation=int(row["srv_op_state"]),
        administration=int(row["srv_admin_state"]),
        weight=int(row["srv_uweight"]),
        in_flight=in_flight,
    )


def health(master: Master, worker: Worker) -> Mapping[tuple[str, str], bool]:
    """By backend and server, of all services: whether its checks let it have requests."""
    listed = [_server(row, 0) for row in rows(master.ask_worker(worker, SERVERS))]
    return {(one.backend, one.name): one.is_healthy for one in listed if not one.is_gone}


def knows(master: Master, worker: Worker, backend: str) -> bool:
    """Whether a backend is in its configuration."""
    return any(row["be_name"] == backend for row in rows(master.ask_worker(worker, SERVERS)))


def unanswered(master: Master, worker: Worker, service: Service) -> Mapping[str, int]:
    """By slot: requests that a replica broke off on a connection that had served its user before. HAProxy then
    closes it without an answer and without a line, so that browsers ask again; it is known by what began and
    neither ended with a status nor is in flight. These numbers are not of one instant: the middle of three looks.
    """
    answer = master.ask(";".join([f"@!{worker.pid} {BACKENDS}"] * LOOKS))
    looks = [dict(_unanswered(part, service)) for part in answer.split("# pxname")[1:]]
    slots = {slot for look in looks for slot in look}
    return {slot: max(0, int(median(look.get(slot, 0) for look in looks))) for slot in slots}


def _unanswered(answer: str, service: Service) -> Iterator[tuple[str, int]]:
    for row in csv.DictReader(f"pxname{answer}".splitlines()):
        if row.get("svname") == "BACKEND" and (slot := service.slot_of(row["pxname"])):
            ended = sum(int(row[f"hrsp_{kind}"] or 0) for kind in STATUSES)
            yield slot, int(row["stot"]) - ended - int(row["scur"])


def shares(master: Master, worker: Worker, service: Service) -> Map | None:
    """How it divides requests; none where it does not know the service, or has ended."""
    return _map(master, worker, "shares", service.shares_name)


def choices(master: Master, worker: Worker, service: Service) -> Map | None:
    """Whom it chooses; none where it does not know the service, or has ended."""
    return _map(master, worker, "choices", service.choices_name)


def _map(master: Master, worker: Worker, kind: str, name: str) -> Map | None:
    answer = master.ask_worker(worker, f"show map {name}")
    if not answer or "Unknown map identifier" in answer or "target PID" in answer:
        return None
    rows = [row.split(" ", 2) for row in answer.splitlines() if row.startswith("0x")]
    if any(len(row) != 3 for row in rows):
        raise PortError("HAProxy tells a map in words that are not known", where=name, why=answer[:200])
    return Map(kind, {key: value for _, key, value in rows})
