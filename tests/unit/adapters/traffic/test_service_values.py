"""Which pods a Service is to send to, and what its selector says."""

import pytest

from contract.traffic import A, B
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.service import ratio, selecting, services
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL, Share, from_percent


def pods(revision: RevisionId, count: int, **named: bool) -> list[Backend]:
    usual = {"is_ready": True, "is_ending": False, "takes_requests": True, "has_share": False, **named}
    return [
        Backend(name=f"{revision}-{n}", revision=revision, address=f"{n}:80", version="1", **usual)
        for n in range(count)
    ]


def counted(found: list[Backend], to_b: float) -> tuple[int, int]:
    shares = {A: Share(TOTAL - from_percent(to_b)), B: from_percent(to_b)}
    published = [Endpoint(revision=one.revision, address=one.address, draining=False) for one in found]
    chosen = ratio.chosen(shares, found, published)
    return sum(name.startswith(A) for name in chosen), sum(name.startswith(B) for name in chosen)


@pytest.mark.parametrize(
    ("there", "to_b", "chosen"),
    [
        ((4, 1), 25, (3, 1)),
        ((4, 2), 50, (2, 2)),
        ((4, 3), 75, (1, 3)),
        ((4, 4), 50, (4, 4)),
        ((4, 1), 5, (4, 1)),
        ((3, 1), 33.333, (2, 1)),
        ((100, 1), 1, (99, 1)),
        ((60, 60), 50, (60, 60)),
        ((8, 1), 50, (4, 1)),
    ],
)
def test_numbers_of_pods_come_nearest_to_the_shares(
    there: tuple[int, int], to_b: float, chosen: tuple[int, int]
) -> None:
    assert counted([*pods(A, there[0]), *pods(B, there[1])], to_b) == chosen


def test_where_candidates_are_not_ready_the_stable_version_keeps_the_pods_of_its_share() -> None:
    assert counted([*pods(A, 8), *pods(B, 1), *pods(B, 7, is_ready=False)], 50) == (4, 1)
    assert counted([*pods(A, 3), *pods(A, 5, is_ready=False), *pods(B, 1)], 50) == (3, 1)


def test_many_pods_of_three_versions_are_divided_at_once() -> None:
    other = RevisionId("2.0.0-aaaaaaaa")
    shares = {A: from_percent(60), B: from_percent(30), other: from_percent(10)}
    found = [*pods(A, 300), *pods(B, 200), *pods(other, 100)]
    chosen = ratio.chosen(shares, found)
    counts = [sum(name.startswith(one) for name in chosen) for one in (A, B, other)]
    assert counts == [300, 150, 50]


def test_those_that_were_chosen_stay_as_a_share_grows() -> None:
    before = pods(B, 1, has_share=True)[0]
    later = [Backend(**{**_plain(one), "name": f"z{one.name}"}) for one in pods(B, 1)]
    assert before.name in ratio.chosen({A: from_percent(75), B: from_percent(25)}, [*pods(A, 3), *later, before])


def _plain(backend: Backend) -> dict[str, object]:
    return {name: getattr(backend, name) for name in backend.__struct_fields__}


@pytest.mark.parametrize("state", [{"takes_requests": False}, {"is_ready": False}])
def test_neither_drained_nor_unready_pods_are_chosen(state: dict[str, bool]) -> None:
    assert counted([*pods(A, 2), *pods(B, 2, **state)], 50) == (2, 0)


def test_a_service_is_as_the_user_left_it_until_a_version_has_users() -> None:
    before = {"spec": {"selector": {"app": "checkout"}}}
    wish = Wish(before=before, route=Route(preview=A), route_generation=3)
    assert selecting.selector("checkout", wish) == {"app": "checkout"}
    service = {"metadata": {"name": "checkout", "resourceVersion": "7"}, "spec": {}}
    assert services.moved(service, "checkout", wish)["spec"] == {}


def test_a_whole_share_is_a_revision_and_a_divided_one_is_pods() -> None:
    whole = selecting.of_route("checkout", Route(shares={B: TOTAL}))
    assert whole["shipway.dev/revision"] == B and "shipway.dev/share" not in whole
    divided = selecting.of_route("checkout", Route(shares={A: from_percent(50), B: from_percent(50)}))
    assert divided["shipway.dev/share"] == "yes" and "shipway.dev/revision" not in divided
    assert all(one["shipway.dev/requests"] == "yes" for one in (whole, divided))


def test_what_shipway_wrote_itself_is_never_taken_for_what_was_before() -> None:
    metadata = {"name": "checkout", "resourceVersion": "7"}
    spec = {"selector": {"app": "checkout"}, "clusterIP": "10.96.0.1"}
    assert services.kept({"metadata": metadata, "spec": spec})["spec"] == {"selector": {"app": "checkout"}}
    moved = {**metadata, "annotations": {"shipway.dev/generation": "4"}}
    assert services.kept({"metadata": moved, "spec": spec}) == {}
