"""Where nodes say how many replicas there are, a batch is so many nodes, and each row has one for each."""

import pytest
from msgspec.structs import replace

from kernel import V1, V2
from shipway.errors import ShipwayError
from shipway.model.plan import Plan
from shipway.model.release import Chosen, Release, Rolling
from shipway.planning.facts import Facts
from shipway.planning.plan import plan
from shipway.planning.resize import resize

USUAL = Rolling()
ON_NODES = Chosen(name="kubernetes", options={"update": {"kind": "DaemonSet"}})


def written(nodes: int, rolling: Rolling = USUAL, strategy: str = "rolling") -> Plan:
    release = Release(
        service="agent", revision=V2, strategy=strategy, replicas=1, platform=ON_NODES, rolling=rolling
    )
    return plan(release, Facts(base=V1, replicas=nodes))


def counts(found: Plan) -> list[tuple[int, int]]:
    return [(row.capacity.get(V1, 0), row.capacity.get(V2, 0)) for row in found.stages[1 : found.promoted + 1]]


def test_as_many_lack_at_once_as_a_batch_has_and_none_is_beside_another() -> None:
    found = written(10)
    assert counts(found) == [(7, 3), (4, 6), (1, 9), (0, 10)]
    assert (found.limits.surge, found.limits.unavailable, found.limits.per_node) == (0, 3, True)


def test_the_only_node_is_a_batch() -> None:
    assert counts(written(1)) == [(0, 1)]


def test_back_to_a_kept_version_goes_by_halves() -> None:
    assert counts(written(5, strategy="back")) == [(2, 3), (0, 5)]


@pytest.mark.parametrize(
    ("rolling", "said"),
    [
        (Rolling(surge=1), "no pod beside another"),
        (Rolling(unavailable=1), "none to spare"),
        (Rolling(batches=1), "all 3 nodes at once"),
    ],
)
def test_what_a_node_cannot_have_is_refused(rolling: Rolling, said: str) -> None:
    with pytest.raises(ShipwayError, match=said) as caught:
        written(3, rolling)
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize("nodes", range(1, 14))
def test_whatever_number_nodes_come_to_each_row_has_one_for_each(nodes: int) -> None:
    found = resize(written(5), nodes)
    assert [sum(row.capacity.values()) for row in found.stages[:-1]] == [nodes] * (len(found.stages) - 1)
    assert all(set(row.route.shares) == set(row.capacity) for row in found.stages)
    assert found.limits.unavailable == min(max(1, -(-2 * nodes // 5)), nodes - 1)


def test_of_other_services_each_part_is_rounded_up() -> None:
    found = written(4)
    plain = replace(found, limits=replace(found.limits, per_node=False, unavailable=0))
    assert counts(resize(plain, 5))[0] == (4, 2)
