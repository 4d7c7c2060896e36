"""The platform port over supervisord."""

from pathlib import Path

from shipway.adapters.platforms.process.jobs import ProcessJobs
from shipway.adapters.platforms.process.keeper import SupervisedReplicas
from shipway.adapters.platforms.process.options import ProcessOptions
from shipway.adapters.platforms.process.recipe import ProcessRecipe
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.platform import MachinePlatform
from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor import Supervisor
from shipway.ports.clock import Clock


class ProcessPlatform(MachinePlatform):
    """Processes, and scheduled jobs. A replica keeps the options of its revision, whatever `options` say now."""

    def __init__(
        self, options: ProcessOptions, health: HealthOptions, *, service: str, home: Path, clock: Clock
    ) -> None:
        records, supervisor = Records(home.absolute(), service), Supervisor(home)
        super().__init__(
            recipe=ProcessRecipe(records, health),
            keeper=SupervisedReplicas(supervisor, records),
            records=records,
            supervisor=supervisor,
            clock=clock,
            error_lines=options.error_lines,
        )
        self.jobs = ProcessJobs(records, supervisor, clock)
