"""The next safe actions towards a stage: at most one per key, each judged with those before it.

The order is the layers of a take-back, fastest first: flags down, traffic, schema forward, capacity up,
capacity down, flags up; and what the data plane must know of replicas.
"""

from collections.abc import Callable, Iterator

from shipway.engine.converge import capacity, endpoints, flags, jobs, route, schema
from shipway.engine.world import World
from shipway.model.action import Action

Step = Callable[[World], Iterator[Action]]

STEPS: tuple[Step, ...] = (
    flags.down,
    route.step,
    endpoints.step,
    schema.forward,
    jobs.step,
    jobs.prepare,
    capacity.step,
    flags.up,
)


def converge(world: World) -> tuple[Action, ...]:
    """What to ask for now; nothing when the stage is reached or everything needed is under way.

    Each step sees what the steps before it ask for as under way: two actions that are right alone may be
    wrong together.
    """
    actions: tuple[Action, ...] = ()
    for step in STEPS:
        new = tuple(action for action in step(world) if not world.is_asked(action))
        if new:
            actions, world = (*actions, *new), world.asking(new)
    return actions
