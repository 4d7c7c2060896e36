"""Where nodes say how many replicas there are: a batch is so many nodes, each without one while another comes."""

from typing import Any

from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.release import Release
from shipway.planning.facts import Facts

KIND = "DaemonSet"


def is_per_node(release: Release) -> bool:
    """Whether each node has one."""
    update: Any = release.platform.options.get("update") if release.platform else None
    return bool(update) and update.get("kind") == KIND


def sized(release: Release, facts: Facts) -> Release:
    """With as many as the version that serves has: the file says nothing of them."""
    return replace(release, replicas=facts.replicas) if is_per_node(release) and facts.base else release


def rolled(release: Release) -> Release:
    """With none beside others, and as many missing at once as a batch has. Raises `ShipwayError`."""
    if not is_per_node(release):
        return release
    rolling = release.rolling
    if rolling.surge is not None or rolling.unavailable:
        raise ShipwayError(
            f"A {KIND} has no pod beside another, and none to spare.",
            where=f"service {release.service}, rolling",
            why="A node has one pod, and none while another comes; `batches` says how many nodes at once.",
            fix=f"Remove `{'unavailable' if rolling.surge is None else 'surge'}`.",
        )
    size = -(-release.replicas // max(1, rolling.batches))
    if size == release.replicas > 1:
        raise ShipwayError(
            f"Rolling all {size} nodes at once would leave nobody to serve.",
            where=f"service {release.service}, rolling",
            why=f"A node has no pod of a {KIND} while another one comes.",
            fix="Write `batches: 2` or more.",
        )
    return replace(release, rolling=replace(rolling, surge=0, unavailable=size))
