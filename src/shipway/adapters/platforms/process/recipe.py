"""How replicas become processes."""

from dataclasses import dataclass

from shipway.adapters.platforms.process import starting
from shipway.adapters.platforms.process.bounding import bounds_of_preparation
from shipway.adapters.platforms.process.options import options_of
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.keeper import Task
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.model.revision import Revision


@dataclass(frozen=True)
class ProcessRecipe:
    """Of one service."""

    records: Records
    health: HealthOptions
    """For revisions that name no probes."""

    def task(self, revision: Revision) -> Task | None:
        """The revision's `prepare`."""
        options = options_of(revision)
        if not options.prepare:
            return None
        return Task(
            script=options.prepare,
            directory=str(starting.directory_of(options)),
            environment=options.env,
            secrets=starting.secrets_of(options, self.records),
            bounds=bounds_of_preparation(options),
        )

    def new_replicas(self, revision: Revision, count: int, *, generation: int) -> tuple[ReplicaRecord, ...]:
        """Each with a port of its own."""
        return starting.new_replicas(
            revision, count, records=self.records, generation=generation, health=self.health
        )

    def make_room(self, revision: Revision) -> None:
        """As theirs where they run as somebody else."""
        starting.make_room(revision, self.records)
