"""Back to a kept revision, as fast as is safe: full capacity first, then one switch, no waiting."""

from msgspec.structs import replace

from shipway.model.policy import Rollback
from shipway.model.release import BlueGreen, Release, Rolling
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, blue_green, nodes, rolling


def stages(release: Release, facts: Facts) -> Written:
    """The person who asked has judged already, so nothing is baked and nothing is kept warm."""
    hasty = replace(
        release, blue_green=BlueGreen(bake=0.0), rollback=Rollback(window=0.0), smoke=None, mirror=None
    )
    if _keeps_one_set(release):
        halves = Rolling(surge=None if nodes.is_per_node(release) else release.replicas, batches=2)
        return rolling.stages(replace(hasty, rolling=halves), facts)
    return blue_green.stages(hasty, facts)


def _keeps_one_set(release: Release) -> bool:
    """Whether the platform replaces replicas in place, as a Swarm's own update does."""
    return release.platform is not None and release.platform.options.get("update") is not None
