"""How replicas become services of a Swarm."""

from dataclasses import dataclass

from msgspec import structs

from shipway.adapters.platforms.docker.recipe import environment_of, filled, pull
from shipway.adapters.platforms.swarm import beating, names
from shipway.adapters.platforms.swarm.asking import called
from shipway.adapters.platforms.swarm.options import SwarmOptions, options_of
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.replicas.container import Container, Given, InSwarm
from shipway.adapters.replicas.health import HealthOptions, Heartbeat, health_of, probes_of
from shipway.adapters.replicas.keeper import Task
from shipway.adapters.replicas.ports import next_ports
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.model.revision import Revision

REPLICA = "{{.Service.Name}}-{{.Task.Slot}}"
"""As the Swarm fills it in; https://docs.docker.com/reference/cli/docker/service/create/#create-services-using-templates"""


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
        prefix = names.replica(revision, generation=generation, number=1).rpartition("-")[0]
        taken = {record.id for record in self.records.replicas()} | called(self.services.address, prefix)
        found = (
            names.replica(revision, generation=generation, number=number)
            for number in range(1, count + len(taken) + 1)
        )
        pattern = self.pattern(revision, generation=generation)
        ports = next_ports(count, within=self.ports, records=self.records) if pattern.port else count * (0,)
        free = (name for name in found if name not in taken)
        return tuple(self._named(pattern, name, port) for name, port in zip(free, ports, strict=False))

    def _named(self, pattern: ReplicaRecord, name: str, port: int) -> ReplicaRecord:
        """As `pattern`, with its own name wherever that stands."""
        container = pattern.container
        assert container is not None
        command, entrypoint = (
            tuple(word.replace(REPLICA, name) for word in words)
            for words in (container.command, container.entrypoint)
        )
        environment = {key: value.replace(REPLICA, name) for key, value in pattern.environment.items()}
        named = structs.replace(container, command=command, entrypoint=entrypoint)
        return structs.replace(pattern, id=name, port=port, environment=environment, container=named)

    def pattern(self, revision: Revision, *, generation: int) -> ReplicaRecord:
        """What all replicas of a revision have; the Swarm fills in the name of a task."""
        options = options_of(revision)
        beat = options.heartbeat
        return ReplicaRecord(
            id=names.common(revision.service),
            revision=revision.id,
            version=revision.version,
            generation=generation,
            port=options.port,
            host=self.services.here(),
            environment={
                **environment_of(revision, options, port=options.port, replica=REPLICA),
                **({"SHIPWAY_HEARTBEAT": beating.FILE} if beat else {}),
            },
            stop_grace=options.stop_grace,
            health=health_of(beat) if beat else probes_of(revision, self.health),
            heartbeat=Heartbeat(within=beat.within) if beat else None,
            created_at=0.0,
            container=_container(options, self._configs(options), engine=self.services.address, replica=REPLICA),
        )

    def _configs(self, options: SwarmOptions) -> tuple[Given, ...]:
        made = (
            self.services.config(content, service=self.records.service, target=path)
            for path, content in options.contents.items()
        )
        return (*made, *options.given_configs)

    def make_room(self, revision: Revision) -> None:
        """Nothing of this machine's is written by containers."""


def _container(options: SwarmOptions, configs: tuple[Given, ...], *, engine: str, replica: str) -> Container:
    return Container(
        engine=engine,
        image=options.image,
        command=tuple(filled(word, options.port, replica) for word in options.command),
        entrypoint=tuple(filled(word, options.port, replica) for word in options.entrypoint),
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
        made_networks=options.made_networks,
        swarm=InSwarm(
            port=options.port,
            secrets=options.given,
            configs=configs,
            constraints=options.constraints,
            memory_reserved=options.reserve.memory,
            cpus_reserved=options.reserve.cpus,
            service_labels=options.service_labels,
            volume_options=options.volume_options,
            container_spec=beating.seen(options.container_spec, options.heartbeat),
            task_template=options.task_template,
        ),
    )
