"""Plans of replicas that fetch jobs: no traffic, and a share is a share of replicas."""

from random import Random

import pytest
from msgspec.structs import replace

from kernel import V1, V2, release
from shipway.errors import ShipwayError
from shipway.model.plan import Plan, share_of
from shipway.model.release import BlueGreen, Canary
from shipway.model.route import Route
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL, Share
from shipway.planning.facts import Facts
from shipway.planning.plan import plan
from shipway.simulation.random_scenario import random_release, without_users


def workers(strategy: str, replicas: int, *, shares: tuple[int, ...] = (5_000, 25_000, 50_000, TOTAL)) -> Plan:
    wish = replace(
        release(strategy),
        kind=ServiceKind.WORKER,
        replicas=replicas,
        canary=Canary(shares=tuple(Share(share) for share in shares)),
        blue_green=BlueGreen(),
    )
    return plan(wish, Facts(base=V1, replicas=replicas, kind=ServiceKind.WORKER))


def counts(written: Plan) -> list[tuple[int, int]]:
    return [(row.capacity.get(V1, 0), row.capacity.get(V2, 0)) for row in written.stages]


@pytest.mark.parametrize("seed", range(200))
def test_no_row_has_traffic_and_each_has_the_replicas_that_the_smaller_release_has(seed: int) -> None:
    random = Random(seed)
    wish = without_users(replace(random_release(V2, random, random.randint(1, 6)), kind=ServiceKind.WORKER))
    written = plan(wish, Facts(base=V1, replicas=random.randint(1, 6), kind=ServiceKind.WORKER))
    for row in written.stages:
        assert row.route == Route()
        assert sum(row.capacity.values()) >= written.limits.replicas
    assert written.stages[-1].capacity == {V2: wish.replicas}
    assert written.stages[written.promoted].capacity == {V2: wish.replicas}


def test_a_canary_replaces_replicas_and_its_rows_say_how_many() -> None:
    written = workers("canary", 4)
    assert [row.name for row in written.stages][1:4] == ["canary 1 of 4", "canary 2 of 4", "all"]
    assert counts(written)[:4] == [(4, 0), (3, 1), (2, 2), (0, 4)]
    assert [share_of(written, row, V2) for row in written.stages][:4] == [0, 25_000, 50_000, TOTAL]


def test_a_canary_of_one_replica_is_one_beside_one() -> None:
    written = workers("canary", 1)
    assert counts(written)[:3] == [(1, 0), (1, 1), (0, 1)]
    assert written.stages[1].name == "canary 1 of 2"


def test_both_sets_of_blue_green_work_and_none_stays_warm() -> None:
    assert counts(workers("blue-green", 3))[:3] == [(3, 0), (3, 3), (0, 3)]


def test_a_service_does_not_change_its_kind() -> None:
    with pytest.raises(ShipwayError, match="is http, and the release file says worker"):
        plan(release("rolling", kind=ServiceKind.WORKER), Facts(base=V1, replicas=2))
