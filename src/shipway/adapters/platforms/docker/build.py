"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.platforms.docker.containers import Containers
from shipway.adapters.platforms.docker.keeper import ContainedReplicas
from shipway.adapters.platforms.docker.options import docker_options
from shipway.adapters.platforms.docker.recipe import DockerRecipe
from shipway.adapters.replicas.health import HealthOptions, health
from shipway.adapters.replicas.platform import MachinePlatform
from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor import Supervisor


def build(options: Mapping[str, object], context: Context) -> MachinePlatform:
    """`options` are those below `platform: docker:`; `replicas` belongs to the plan, not to us."""
    chosen, supervisor = docker_options(options), Supervisor(context.home)
    records = Records(supervisor.home, context.service)
    containers = Containers(chosen.address, supervisor.home)
    return MachinePlatform(
        recipe=DockerRecipe(records, health(context.health, HealthOptions()), chosen.address),
        keeper=ContainedReplicas(containers, supervisor, records),
        records=records,
        supervisor=supervisor,
        clock=context.clock,
        error_lines=chosen.error_lines,
    )
