"""How replicas become services of a Swarm."""

from dataclasses import dataclass

from shipway.adapters.platforms.docker.recipe import environment_of, filled, pull
from shipway.adapters.platforms.swarm import names
from shipway.adapters.platforms.swarm.options import SwarmOptions, options_of
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.replicas.container import Container, Given, InSwarm
from shipway.adapters.replicas.health import HealthOptions, probes_of
from shipway.adapters.replicas.keeper import Task
from shipway.adapters.replicas.ports import next_ports
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.model.revision import Revision


@dataclass(frozen=True)
class SwarmRecipe:
    """Of one service."""

    records: Records
    health: HealthOptions
    """For revisions that name no probes."""
    services: Services
    ports: tuple[int, int]

    def task(self, revision: Revision) -> Task | None:
        """The image is brought to this manager: so it is known that it can be. Each other node pulls it itself."""
        return pull(options_of(revision).image, engine=self.services.address, home=self.records.home)

    def new_replicas(self, revision: Revision, count: int, *, generation: int) -> tuple[ReplicaRecord, ...]:
        """Each with a port of its own, which its node publishes. The node is the Swarm's choice."""
        options = options_of(revision)
        host, configs = self.services.here(), self._configs(options)
        taken = {record.id for record in self.records.replicas()}
        found = (
            names.replica(revision, generation=generation, number=number)
            for number in range(1, count + len(taken) + 1)
        )
        ports = next_ports(count, within=self.ports, records=self.records)
        free = (name for name in found if name not in taken)
        return tuple(
            ReplicaRecord(
                id=name,
                revision=revision.id,
                version=revision.version,
                generation=generation,
                port=port,
                host=host,
                environment=environment_of(revision, options, port=options.port, replica=name),
                stop_grace=options.stop_grace,
                health=probes_of(revision, self.health),
                created_at=0.0,
                container=_container(options, configs, engine=self.services.address, replica=name),
            )
            for name, port in zip(free, ports, strict=False)
        )

    def _configs(self, options: SwarmOptions) -> tuple[Given, ...]:
        return tuple(
            self.services.config(content, service=self.records.service, target=path)
            for path, content in options.contents.items()
        )

    def make_room(self, revision: Revision) -> None:
        """Nothing of this machine's is written by containers."""


def _container(options: SwarmOptions, configs: tuple[Given, ...], *, engine: str, replica: str) -> Container:
    return Container(
        engine=engine,
        image=options.image,
        command=tuple(filled(word, options.port, replica) for word in options.command),
        entrypoint=options.entrypoint,
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
        swarm=InSwarm(
            port=options.port,
            secrets=options.given,
            configs=configs,
            constraints=options.constraints,
            memory_reserved=options.reserve.memory,
            cpus_reserved=options.reserve.cpus,
        ),
    )
