"""What goes wrong in a random scenario."""

from itertools import pairwise
from random import Random

from shipway.simulation.faults import Blackout, Controllers, Faults, Network, Outage
from shipway.simulation.platform import MACHINES


def random_faults(random: Random) -> Faults:
    """At odd moments, until all is well."""
    until = random.uniform(90.0, 250.0)
    if random.random() < 0.15:
        return Faults(until=until)
    gone = random.uniform(20.0, until)
    return Faults(
        until=until,
        network=_network(random),
        controllers=_controllers(random),
        proxies=random.choice((1, 1, 2, 3)),
        proxy_lag=random.choice((0.05, 0.5, 0.5, 3.0)),
        crash=random.choice((0.0, 0.0, 0.002, 0.01)),
        metrics_gone_from=gone if random.random() < 0.2 else float("inf"),
        metrics_gone_to=min(until, gone + random.uniform(5.0, 120.0)),
        foreign_writes=instants(random, until, 2) if random.random() < 0.1 else (),
        foreign_scales=_scales(Random(until * 3), until),
        autoscales=_autoscales(Random(until * 5), until),
        outages=_outages(Random(until * 7), until),
        kill_stable_at=random.uniform(60.0, until) if random.random() < 0.1 else float("inf"),
        blackouts=_blackouts(random, until) if random.random() < 0.15 else (),
        orphaned_at=random.uniform(20.0, until) if random.random() < 0.1 else float("inf"),
    )


def _scales(random: Random, until: float) -> tuple[tuple[float, int], ...]:
    if random.random() >= 0.1:
        return ()
    return tuple((at, random.choice((-1, 1, 1, 2, 9))) for at in instants(random, until, 2))


def _autoscales(random: Random, until: float) -> tuple[tuple[float, int], ...]:
    if random.random() >= 0.15:
        return ()
    return tuple((at, random.choice((1, 1, 2, 3))) for at in instants(random, until, 4))


def _outages(random: Random, until: float) -> tuple[Outage, ...]:
    """One after the other, so that a machine is not away twice at once."""
    if random.random() >= 0.15:
        return ()
    starts = (*instants(random, until, random.randint(1, 3)), until)
    return tuple(
        Outage(
            start=start,
            end=min(start + random.uniform(5.0, 120.0), following),
            machine=random.randrange(MACHINES),
            answers=random.random() < 0.5,
        )
        for start, following in pairwise(starts)
    )


def _network(random: Random) -> Network:
    return Network(
        delay=random.choice((0.01, 0.05, 0.05, 0.05, 1.0)),
        late=random.choice((0.0, 0.1, 0.3)),
        lost=random.choice((0.0, 0.05, 0.2)),
        error=random.choice((0.0, 0.05, 0.2)),
    )


def _controllers(random: Random) -> Controllers:
    count = random.choice((1, 1, 1, 2, 3))
    return Controllers(
        count=count,
        die=random.choice((0.0, 0.0, 0.01, 0.05)),
        freeze=random.choice((0.0, 0.02, 0.05)) if count > 1 else 0.0,
    )


def _blackouts(random: Random, until: float) -> tuple[Blackout, ...]:
    ports = random.choices(("platform", "traffic", "flags", "database"), k=random.randint(1, 3))
    starts = instants(random, until, len(ports))
    return tuple(
        Blackout(port=port, start=start, end=min(until, start + random.uniform(1.0, 60.0)))
        for port, start in zip(ports, starts, strict=False)
    )


def instants(random: Random, until: float, count: int) -> tuple[float, ...]:
    """So many, in their order."""
    return tuple(sorted(random.uniform(10.0, until) for _ in range(count)))
