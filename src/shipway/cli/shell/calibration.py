"""What a release's guard would know of the service's own errors, were it deployed now."""

import time
from contextlib import ExitStack

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.assembling import source_of
from shipway.cli.shell import reading
from shipway.cli.shell.planning import Planned
from shipway.engine import calibrate, resting, resting_latency
from shipway.home import Home
from shipway.model.service_kind import ServiceKind


async def calibration(home: Home, made: Planned) -> str:
    """A sentence without its full stop; empty where there is no version to compare with, or jobs are judged one by
    one."""
    if made.plan.base is None or made.release.kind == ServiceKind.CRON:
        return ""
    service = made.release.service
    context = Context(service=service, home=home.path, clock=WallClock(), health=made.release.health)
    source = source_of(made.release, context)
    tells = hasattr(source, "by_replica")
    if hasattr(source, "close"):
        await source.close()
    if not tells:
        return calibrate.untaught(calibrate.UNTOLD, made.plan)
    past = reading.state(home, service).past
    return calibrate.said(calibrate.known_of(_kept(home, service), past, now=time.time()), made.plan)


def _kept(home: Home, service: str) -> calibrate.Kept:
    with ExitStack() as stack:
        found = reading.look(home.store)
        if not found:
            return calibrate.Kept()
        store = stack.enter_context(found)
        return calibrate.Kept(store.kept(resting.key_of(service)), store.kept(resting_latency.key_of(service)))
