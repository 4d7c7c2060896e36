"""A StatefulSet, updated by its partition, from its last place on."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.in_place import PLACED, played, pods
from platforms.kubernetes.shop import Shop
from shipway.errors import ShipwayError

pytestmark = pytest.mark.real
KIND = "StatefulSet"


def test_a_release_goes_by_partitions_and_one_that_never_gets_ready_is_taken_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        with pytest.raises(ShipwayError, match="A StatefulSet's own update cannot do blue-green") as caught:
            await stand.submit("1.9.0", strategy="blue-green")
        assert len(str(caught.value).splitlines()) == 4
        load = stand.users()
        await stand.uncontrolled()
        controller = await stand.serve()
        await stand.submit("1.9.0")
        await stand.reached(1)
        controller.kill()
        await controller.wait()
        assert made.read("statefulset", "checkout")["spec"]["updateStrategy"]["rollingUpdate"]["partition"] == 2
        assert pods(made, "1.9.0") == {"pod/checkout-2"}
        stand.control()
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}
        assert made.read("statefulset", "checkout")["spec"]["updateStrategy"] == PLACED
        await taken_back(made)

    played(cluster, tmp_path, story, kind=KIND, deadline="40s")


async def taken_back(made: Shop) -> None:
    """A StatefulSet itself would wait for ever for a pod that never gets ready."""
    stand, there = made.stand, {one["metadata"]["uid"] for one in made.read("pods")["items"]}
    load = stand.users()
    stand.wish["platform"]["kubernetes"]["image"] = "shipway.test/nowhere:1"  # type: ignore[index]
    past = await stand.deploy("1.9.1")
    assert past.outcome == "rolled-back" and "ErrImageNeverPull" in past.reason
    await stand.eventually(stand.is_at_rest, "only the former version is left")
    after = {one["metadata"]["uid"] for one in made.read("pods")["items"]}
    assert len(there & after) == 2 and pods(made, "1.9.0") == {f"pod/checkout-{place}" for place in range(3)}
    await nothing_was_lost(load)
