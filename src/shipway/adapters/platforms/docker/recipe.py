"""How replicas become containers."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.platforms.docker.asking import called
from shipway.adapters.platforms.docker.engine import engine as client
from shipway.adapters.platforms.docker.images import is_here
from shipway.adapters.platforms.docker.labels import network_of
from shipway.adapters.platforms.docker.network import ensured, free_addresses
from shipway.adapters.platforms.docker.options import ContainerOptions, DockerOptions, options_of
from shipway.adapters.replicas.container import Container, Handed
from shipway.adapters.replicas.health import HealthOptions, health_of, probes_of
from shipway.adapters.replicas.keeper import Task
from shipway.adapters.replicas.records import Records, ReplicaRecord, plain
from shipway.adapters.supervisor import durable
from shipway.model.revision import Revision

WORK = "/run/shipway"
"""Where a container has the folder of its revision's counts."""
FOR_THE_OWNER, FOR_ALL = 0o700, 0o777
PULL = "shipway.adapters.platforms.docker.pulling"


@dataclass(frozen=True)
class DockerRecipe:
    """Of one service."""

    records: Records
    health: HealthOptions
    """For revisions that name no probes."""
    engine: str
    """Where it answers now; a replica remembers where it was made."""

    def task(self, revision: Revision) -> Task | None:
        """The image is brought here where it is not."""
        return pull(options_of(revision).image, engine=self.engine, home=self.records.home)

    def new_replicas(self, revision: Revision, count: int, *, generation: int) -> tuple[ReplicaRecord, ...]:
        """Each with an address of its own in the home's network."""
        home = self.records.home
        within = ensured(client(self.engine), home)
        hosts = free_addresses(count, within, taken=self.records.hosts(), after=self.records.last_host())
        self.records.keep_last_host(hosts[-1])
        prefix = f"{plain(revision.service)}-{plain(revision.id)}-g{generation}"
        taken = {record.id for record in self.records.replicas()} | called(self.engine, prefix)
        numbers = (number for number in range(1, count + len(taken) + 1) if f"{prefix}-{number}" not in taken)
        return tuple(
            self.record(revision, name=f"{prefix}-{number}", host=host, generation=generation)
            for number, host in zip(numbers, hosts, strict=False)
        )

    def record(self, revision: Revision, *, name: str, host: str, generation: int) -> ReplicaRecord:
        """Of one replica. Without a host it gets any address, and in generation 0 it is only tried."""
        options = options_of(revision)
        port, beat = options.port, options.heartbeat
        container = _container(options, self._place, port=port, replica=name)
        work = (f"{self.records.jobs_of(revision.id)}:{WORK}",) if _works(revision, options) else ()
        return ReplicaRecord(
            id=name,
            revision=revision.id,
            version=revision.version,
            generation=generation,
            port=port,
            host=host,
            environment={
                **environment_of(revision, options, port=port, replica=name),
                **_work_files(revision, options, replica=name),
            },
            stop_grace=options.stop_grace,
            health=health_of(beat) if beat else probes_of(revision, self.health),
            heartbeat=replace(beat, file=str(self.records.jobs_of(revision.id) / name)) if beat else None,
            created_at=0.0,
            container=replace(container, volumes=(*container.volumes, *work)),
        )

    @property
    def _place(self) -> tuple[str, str]:
        """Engine and network."""
        return self.engine, network_of(self.records.home)

    def make_room(self, revision: Revision) -> None:
        """Where a worker beats and counts. It may run as anybody, and nobody else comes there."""
        if _works(revision, options_of(revision)):
            durable.directory(self.records.jobs_directory).chmod(FOR_THE_OWNER)
            durable.directory(self.records.jobs_of(revision.id)).chmod(FOR_ALL)


def _works(revision: Revision, options: DockerOptions) -> bool:
    """Whether it writes down what it did."""
    return bool(options.heartbeat or revision.flags)


def pull(image: str, *, engine: str, home: Path) -> Task | None:
    """What brings an image to the engine; none where it is there. Raises `PortError`."""
    if is_here(engine, image):
        return None
    words = [sys.executable, "-m", PULL, "--engine", engine, image]
    return Task(script=f"exec {shlex.join(words)}", directory=str(home))


def _container(options: DockerOptions, place: tuple[str, str], *, port: int, replica: str) -> Container:
    engine, network = place
    return Container(
        engine=engine,
        image=options.image,
        network=network,
        command=tuple(filled(word, port, replica) for word in options.command),
        entrypoint=tuple(filled(word, port, replica) for word in options.entrypoint),
        user=options.user or "",
        working_directory=options.working_directory or "",
        networks=options.networks,
        volumes=options.volumes,
        labels=options.labels,
        memory=options.limits.memory,
        cpus=options.limits.cpus,
        open_files=options.limits.open_files,
        stop_signal=options.stop_signal or "",
        init=options.init,
        read_only=options.read_only,
        healthcheck=options.healthcheck,
        create=options.create,
        host=options.host,
        made_networks=options.made_networks,
        made_volumes=options.made_volumes,
        handed=_handed(options),
    )


def _handed(options: DockerOptions) -> Handed | None:
    if not (options.env_from or options.env_files or options.secret_files):
        return None
    return Handed(
        env_from=options.env_from,
        env_files=options.env_files,
        secret_files=options.secret_files,
        directory=options.directory,
        digest=options.secrets,
    )


def environment_of(revision: Revision, options: ContainerOptions, *, port: int, replica: str) -> Mapping[str, str]:
    """The revision's own variables, and who the replica is."""
    return {
        **({"PORT": str(port)} if port else {}),
        **{name: filled(value, port, replica) for name, value in options.env.items()},
        "SHIPWAY_SERVICE": revision.service,
        "SHIPWAY_REVISION": revision.id,
        "SHIPWAY_VERSION": revision.version,
        "SHIPWAY_REPLICA": replica,
    }


def _work_files(revision: Revision, options: DockerOptions, *, replica: str) -> Mapping[str, str]:
    """Where a worker beats and counts, and where requests are counted by ramped flags; in the container."""
    beats = {"SHIPWAY_HEARTBEAT": f"{WORK}/{replica}", "SHIPWAY_JOBS": f"{WORK}/{replica}.prom"}
    ramps = {"SHIPWAY_RAMPS": ",".join(revision.flags), "SHIPWAY_EXPOSURES": f"{WORK}/exposures"}
    return {**(beats if options.heartbeat else {}), **(ramps if revision.flags else {})}


def filled(text: str, port: int, replica: str) -> str:
    """With the port inside and the replica's name."""
    return text.replace("{port}", str(port)).replace("{replica}", replica)
