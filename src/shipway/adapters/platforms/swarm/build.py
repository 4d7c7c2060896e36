"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.platforms.swarm.keeper import SwarmReplicas
from shipway.adapters.platforms.swarm.options import swarm_options
from shipway.adapters.platforms.swarm.patterns import Patterns
from shipway.adapters.platforms.swarm.platform import SwarmPlatform
from shipway.adapters.platforms.swarm.recipe import SwarmRecipe
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.platforms.swarm.tasks import Tasks
from shipway.adapters.replicas.health import HealthOptions, health
from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor import Supervisor


def build(options: Mapping[str, object], context: Context) -> SwarmPlatform:
    """`options` are those below `platform: swarm:`; `replicas` belongs to the plan, not to us."""
    chosen, supervisor = swarm_options(options), Supervisor(context.home)
    records = Records(supervisor.home, context.service)
    services = Services(chosen.address, supervisor.home)
    recipe = SwarmRecipe(records, health(context.health, HealthOptions()), services, chosen.ports)
    tasks = Tasks(services, records, Patterns(records))
    return SwarmPlatform(
        recipe=recipe,
        swarm_recipe=recipe,
        services=services,
        tasks=tasks,
        update=chosen.update,
        keeper=SwarmReplicas(services, supervisor, records, tasks),
        records=records,
        supervisor=supervisor,
        clock=context.clock,
        error_lines=chosen.error_lines,
    )
