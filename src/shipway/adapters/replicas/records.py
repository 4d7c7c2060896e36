"""What is wanted, in files: one for each replica and preparation, and the fence. Every method here blocks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from shipway.adapters.replicas.container import Container
from shipway.adapters.replicas.health import HealthOptions, Heartbeat
from shipway.adapters.replicas.place import HERE, Place
from shipway.adapters.supervisor import Bounds, Secrets, durable
from shipway.errors import StaleGeneration
from shipway.model.revision import RevisionId

Decided = TypeVar("Decided")


class ReplicaRecord(Struct, frozen=True, kw_only=True):
    """All that is needed to run, probe and stop one replica."""

    id: str
    """Also its program's name; it carries the generation that created it."""
    revision: RevisionId
    version: str
    generation: int
    port: int
    host: str = HERE
    command: str = ""
    directory: str = "/"
    environment: Mapping[str, str]
    stop_grace: float
    health: HealthOptions
    heartbeat: Heartbeat | None = None
    """With an absolute path, where it is a file."""
    created_at: float
    secrets: Secrets | None = None
    bounds: Bounds | None = None
    container: Container | None = None
    """Where an engine keeps it; none of a process."""
    memory_max: int | None = None
    """Bytes; above it is started again."""
    draining_since: float | None = None
    stopping_since: float | None = None

    @property
    def service(self) -> str:
        """Whose it is."""
        return self.environment.get("SHIPWAY_SERVICE", "")

    @property
    def keeper(self) -> str:
        """Who keeps it alive, for people."""
        if self.container is None:
            return "the supervisor"
        return "Docker" if self.container.swarm is None else "the Swarm"

    @property
    def address(self) -> str:
        """Where it takes requests."""
        return str(self.place)

    @property
    def place(self) -> Place:
        """The same, in two parts."""
        return Place(self.host, self.port)


class Ending(Struct, frozen=True):
    """Why a replica was last ended by us, to be started again."""

    at: float
    why: str


class PreparationRecord(Struct, frozen=True, kw_only=True):
    """The newest time that a preparation was begun."""

    revision: RevisionId
    generation: int
    program: str
    """Empty where there is nothing to prepare."""


class Mark(Struct, frozen=True):
    """The fence of one key: the newest generation accepted, and the newest that was handed over as a whole."""

    accepted: int = 0
    applied: int = 0


MARKS_MAX = 200
"""Keys that the fence remembers, two a revision; those of running replicas in any case. A late intent for any
other would come from a controller that slept through a hundred releases."""


class Records:
    """The files of one service."""

    def __init__(self, home: Path, service: str) -> None:
        self.home, self.service = home, service
        self._services = home / "services"
        self.directory = self._services / service
        self.replicas_directory = self.directory / "replicas"
        self.preparations_directory = self.directory / "prepared"
        self.ready_directory = self.directory / "ready"
        self.logs_directory = self.directory / "logs"
        self.beats_directory = self.directory / "beats"
        self.jobs_directory = self.directory / "jobs"
        self.endings_directory = self.directory / "endings"
        self._fence = self.directory / "fence.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process changes any service's files meanwhile: ports belong to all of them."""
        for directory in (self.replicas_directory, self.preparations_directory, self.ready_directory):
            durable.directory(directory)
        with durable.locked(self._services / ".lock"):
            yield

    def replicas(self) -> tuple[ReplicaRecord, ...]:
        """In the order of their creation."""
        found = (durable.read(path) for path in self.replicas_directory.glob("*.json"))
        records = (msgspec.json.decode(content, type=ReplicaRecord) for content in found if content)
        return tuple(sorted(records, key=lambda record: (record.created_at, record.generation, record.place)))

    def keep(self, record: ReplicaRecord) -> None:
        """Write one replica's file."""
        durable.replace(self.replicas_directory / f"{record.id}.json", msgspec.json.encode(record))

    def forget(self, replica: str) -> None:
        """It is gone, and its port is free."""
        (self.ready_directory / f"{replica}.json").unlink(missing_ok=True)
        (self.beats_directory / replica).unlink(missing_ok=True)
        for suffix in ("json", "restarts", "runs", "refused"):
            (self.endings_directory / f"{replica}.{suffix}").unlink(missing_ok=True)
        (self.replicas_directory / f"{replica}.json").unlink(missing_ok=True)

    def keep_ending(self, replica: str, ending: Ending) -> None:
        """Write down why it is ended, before it is."""
        directory = durable.directory(self.endings_directory)
        durable.replace(directory / f"{replica}.json", msgspec.json.encode(ending))

    def ending(self, replica: str) -> Ending | None:
        """The newest; none if we never ended it."""
        found = durable.read(self.endings_directory / f"{replica}.json")
        return msgspec.json.decode(found, type=Ending) if found else None

    def is_ready(self, replica: str) -> bool:
        """As its prober wrote it down last."""
        found = durable.read(self.ready_directory / f"{replica}.json")
        return bool(found) and msgspec.json.decode(found or b"{}").get("since") is not None

    def keep_refusal(self, replica: str, why: str) -> None:
        """Remember why its engine would not make it; nothing once it has."""
        path = self.endings_directory / f"{replica}.refused"
        if why:
            durable.replace(durable.directory(path.parent) / path.name, why.encode())
        else:
            path.unlink(missing_ok=True)

    def refusal(self, replica: str) -> str:
        """Why its engine would not make it the last time; empty where it did."""
        found = durable.read(self.endings_directory / f"{replica}.refused")
        return found.decode() if found else ""

    def carried(self, replica: str) -> int:
        """Restarts that its engine does not count any more."""
        found = durable.read(self.endings_directory / f"{replica}.restarts")
        return int(found) if found else 0

    def carry(self, replica: str, restarts: int) -> None:
        """Remember them."""
        durable.replace(durable.directory(self.endings_directory) / f"{replica}.restarts", str(restarts).encode())

    def hosts(self) -> frozenset[str]:
        """Of every service's replicas."""
        found = (durable.read(path) for path in self._services.glob("*/replicas/*.json"))
        return frozenset(msgspec.json.decode(content).get("host", HERE) for content in found if content)

    def last_host(self) -> str | None:
        """The address given out last in this home; none before the first."""
        found = durable.read(self._services / ".last-host")
        return found.decode() if found else None

    def keep_last_host(self, host: str) -> None:
        """Remember it. Only while `alone`."""
        durable.replace(self._services / ".last-host", host.encode())

    def ports(self) -> frozenset[int]:
        """Ports of every service's replicas."""
        found = (durable.read(path) for path in self._services.glob("*/replicas/*.json"))
        return frozenset(msgspec.json.decode(content)["port"] for content in found if content)

    def jobs_of(self, revision: RevisionId) -> Path:
        """Where its workers count, a file each."""
        return self.jobs_directory / plain(revision)

    def log_of(self, record: ReplicaRecord) -> Path:
        """All that a replica printed; kept after it is gone."""
        return self.logs_directory / plain(record.revision) / f"{record.id}.log"

    def name_logs(self, revision: RevisionId) -> None:
        """Say whose logs a directory has, whose name is only a plain form of the revision's."""
        directory = durable.directory(self.logs_directory / plain(revision))
        durable.replace(directory / "revision", revision.encode())

    def revision_of_logs(self, directory: Path) -> RevisionId:
        """Whose logs are in there."""
        found = durable.read(directory / "revision")
        return RevisionId(found.decode() if found else directory.name)

    def files_of(self, revision: RevisionId) -> Path:
        """Its configuration files."""
        return self.directory / "files" / revision

    def last_port(self) -> int | None:
        """The one given out last in this home; none before the first."""
        found = durable.read(self._services / ".last-port")
        return int(found) if found else None

    def keep_last_port(self, port: int) -> None:
        """Remember it. Only while `alone`."""
        durable.replace(self._services / ".last-port", str(port).encode())

    def preparations(self) -> tuple[PreparationRecord, ...]:
        """Every one that was ever begun."""
        found = (durable.read(path) for path in self.preparations_directory.glob("*.json"))
        return tuple(msgspec.json.decode(content, type=PreparationRecord) for content in found if content)

    def keep_preparation(self, record: PreparationRecord) -> None:
        """Write one preparation's file."""
        durable.replace(
            self.preparations_directory / f"{plain(record.revision)}.json", msgspec.json.encode(record)
        )

    def result_path(self, record: PreparationRecord) -> Path:
        """Where the preparation leaves its exit code."""
        return self.preparations_directory / f"{record.program}.result"

    def marks(self) -> dict[str, Mark]:
        """The fence, by key."""
        found = durable.read(self._fence)
        return msgspec.json.decode(found, type=dict[str, Mark]) if found else {}

    def accept(self, key: str, generation: int) -> None:
        """Let nothing older through from now on. Raises `StaleGeneration`. Only while `alone`."""
        marks = self.marks()
        mark = marks.get(key, Mark())
        if generation < mark.accepted:
            raise StaleGeneration(
                f"a newer intent for {key} was already accepted",
                where=str(self._fence),
                why=f"It has generation {mark.accepted}, this one {generation}.",
                fix="Another controller owns the service now; nothing was changed.",
            )
        self._keep_marks({**marks, key: Mark(generation, mark.applied)})

    def decided(self, key: str, generation: int, decide: Callable[[], Decided]) -> Decided:
        """Pass the fence and decide, while nobody else does, in any process. Raises `StaleGeneration`."""
        with self.alone():
            self.accept(key, generation)
            return decide()

    def applied(self, key: str, generation: int) -> None:
        """The whole of this intent was handed over; `observe` reports it."""
        with self.alone():
            marks = self.marks()
            mark = marks.get(key, Mark())
            if generation > mark.applied:
                self._keep_marks({**marks, key: Mark(max(mark.accepted, generation), generation)})

    def _keep_marks(self, marks: Mapping[str, Mark]) -> None:
        if len(marks) > MARKS_MAX:
            running = {f"capacity:{record.revision}" for record in self.replicas()}
            newest = sorted(marks, key=lambda key: (key in running, marks[key].accepted))[-MARKS_MAX:]
            marks = {key: marks[key] for key in marks if key in newest}
        durable.replace(self._fence, msgspec.json.encode(marks))


def plain(name: str) -> str:
    """A version as part of a file's and a program's name."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name
    )


def all_replicas(home: Path) -> tuple[ReplicaRecord, ...]:
    """Of every service of a home."""
    services = sorted(path.name for path in (home / "services").glob("*/") if path.is_dir())
    return tuple(record for service in services for record in Records(home, service).replicas())
