"""Scenarios that do little but turn round: each deploy is soon taken back, resized or superseded, over a slow
network with several proxies and controllers that sleep. No crash excuses anything here."""

from random import Random

from msgspec.structs import replace

from shipway.model.command import Command, Deploy, Promote, Rollback, SetReplicas
from shipway.model.service_kind import ServiceKind
from shipway.simulation.faults import Code, Controllers, Faults, Network
from shipway.simulation.random_scenario import HEALTHY, VERSIONS, of_workers, random_release, scenario_of
from shipway.simulation.scenario import Asked, Scenario, Scripted

TURNS = 6
TURN_SECONDS = 60.0
FIRST_AT = 40.0


def race_of(seed: int) -> Scenario:
    """The same seed is the same scenario."""
    random = Random(seed)
    replicas = random.randint(1, 6)
    asked = [Asked(at=0.0, command=Deploy(release=random_release(VERSIONS[0], random, replicas)))]
    for turn in range(TURNS):
        at = FIRST_AT + TURN_SECONDS * turn
        asked.append(Asked(at=at, command=_deploy(random, replicas)))
        asked.append(Asked(at=at + random.uniform(2.0, 35.0), command=_turn(random, replicas)))
    story = scenario_of(seed)
    race = replace(
        story,
        asked=tuple(asked),
        faults=Faults(
            until=FIRST_AT + TURN_SECONDS * TURNS,
            network=Network(delay=0.5, late=0.4, lost=0.1),
            controllers=Controllers(count=2, freeze=0.03),
            proxies=2,
            proxy_lag=3.0,
        ),
        codes={name: Code(start=1.0) for name in VERSIONS},
        script=(Scripted(at=0.0, verdict=HEALTHY),),
        horizon=5000.0,
    )
    return of_workers(race) if story.kind == ServiceKind.WORKER else race


def _deploy(random: Random, replicas: int) -> Deploy:
    return Deploy(release=random_release(random.choice(VERSIONS[1:]), random, replicas))


def _turn(random: Random, replicas: int) -> Command:
    match random.randint(0, 4):
        case 0 | 1:
            return Rollback()
        case 2:
            return SetReplicas(replicas=random.randint(1, 6))
        case 3:
            return Promote(all=True)
        case _:
            return _deploy(random, replicas)
