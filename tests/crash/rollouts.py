"""Small rollouts of every strategy, for crashing at each of their steps."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.model.command import Command, Deploy, Rollback
from shipway.model.policy import Guard
from shipway.model.policy import Rollback as Window
from shipway.model.release import BlueGreen, Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.simulation.faults import Controllers, Faults
from shipway.simulation.random_scenario import of_workers
from shipway.simulation.scenario import Asked, Scenario, Scripted

V1, V2, V3 = (RevisionId(name) for name in ("v1", "v2", "v3"))
HEALTHY = Verdict(kind=Kind.HEALTHY, sentence="no worse")
CRITICAL = Verdict(kind=Kind.HARMFUL, severity=Severity.CRITICAL, sentence="far worse")
NEXT_AT = 30.0
"""The first version is live by then, also when a controller died on the way."""


def release(revision: RevisionId, strategy: str) -> Release:
    return Release(
        service="checkout",
        revision=revision,
        strategy=strategy,
        replicas=2,
        blue_green=BlueGreen(bake=3.0),
        canary=Canary(shares=(Share(5_000), Share(50_000), TOTAL), bake=3.0),
        guard=Guard(interval=1.0),
        rollback=Window(window=5.0),
        drain_grace=3.0,
        steady=1.0,
        deadline=60.0,
    )


def scenario(*commands: tuple[float, Command], script: tuple[Scripted, ...] = ()) -> Scenario:
    first = Asked(at=0.0, command=Deploy(release=release(V1, "rolling")))
    return Scenario(
        seed=7,
        revisions=tuple(Revision(id=name, service="checkout", version=name, platform={}) for name in (V1, V2, V3)),
        asked=(first, *(Asked(at=at, command=command) for at, command in commands)),
        script=(Scripted(at=0.0, verdict=HEALTHY), *script),
        faults=Faults(until=NEXT_AT, controllers=Controllers(count=2, die=1e-9)),
        horizon=600.0,
        watch=2.0,
        quiet=60.0,
    )


def _shipped(strategy: str) -> Scenario:
    return scenario((NEXT_AT, Deploy(release=release(V2, strategy))))


ROLLOUTS: Mapping[str, Scenario] = {
    "first": scenario(),
    "rolling": _shipped("rolling"),
    "blue-green": _shipped("blue-green"),
    "canary": _shipped("canary"),
    "canary taken back": replace(
        _shipped("canary"),
        script=(Scripted(at=0.0, verdict=HEALTHY), Scripted(at=NEXT_AT + 12.0, verdict=CRITICAL, candidate=V2)),
    ),
    "superseded": scenario(
        (NEXT_AT, Deploy(release=release(V2, "canary"))), (NEXT_AT + 12.0, Deploy(release=release(V3, "canary")))
    ),
    "rollback to a revision": scenario(
        (NEXT_AT, Deploy(release=release(V2, "blue-green"))),
        (NEXT_AT + 60.0, Rollback(release=release(V1, "back"))),
    ),
    "rolled back by hand": scenario(
        (NEXT_AT, Deploy(release=release(V2, "rolling"))), (NEXT_AT + 9.0, Rollback())
    ),
}

WORKERS: Mapping[str, Scenario] = {
    f"{name} of workers": of_workers(ROLLOUTS[name])
    for name in ("first", "rolling", "blue-green", "canary", "canary taken back", "rollback to a revision")
}
