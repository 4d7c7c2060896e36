"""Machines that do not answer for a while, with the replicas on them."""

from functools import partial

from shipway.simulation.copies import Copy
from shipway.simulation.faults import Outage
from shipway.simulation.platform import TERMINATION_SECONDS, SimulatedPlatform


def plan(platform: SimulatedPlatform) -> None:
    """Each of the scenario's, at its time."""
    for outage in platform.faults.outages:
        platform.timeline.at(outage.start, partial(_begin, platform, outage))
        platform.timeline.at(outage.end, partial(_end, platform, outage))


def _begin(platform: SimulatedPlatform, outage: Outage) -> None:
    """Where users do not reach it either, its replicas are as good as dead until it is back.

    One that is ending already ends all the same.
    """
    platform.before_change()
    platform.away.add(outage.machine)
    for copy in _on(platform, outage.machine):
        if copy.is_ending:
            continue
        copy.lost_since = copy.crashed_at = platform.timeline.now()
        if not outage.answers:
            platform.fall_silent(copy)


def _end(platform: SimulatedPlatform, outage: Outage) -> None:
    """What was told to end does so now; all others are there again."""
    platform.before_change()
    platform.away.discard(outage.machine)
    for copy in _on(platform, outage.machine):
        was_lost, copy.lost_since = copy.lost_since is not None, None
        if copy.is_ending and was_lost:
            copy.is_ready, copy.ready_since = False, None
            platform.end_after(copy, TERMINATION_SECONDS)
        elif was_lost and not outage.answers:
            platform.wake(copy)
        elif copy.is_ready:
            copy.ready_since = platform.timeline.now()


def _on(platform: SimulatedPlatform, machine: int) -> list[Copy]:
    return [copy for copy in platform.copies.values() if copy.machine == machine]
