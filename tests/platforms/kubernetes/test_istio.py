"""Releases of pods behind an Envoy that goes by the user's VirtualService and DestinationRule, under load."""

import asyncio
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, bad_version_goes_back
from platforms.kubernetes.ways import ROUTE, behind_a_mesh, told
from shipway.cli.shell.ejecting import ejected

pytestmark = pytest.mark.real


def test_a_canary_loses_no_request_and_everything_is_handed_back(meshed: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        before = [made.read(kind, ROUTE) for kind in ("virtualservice", "destinationrule")]
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy="canary")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert made.destinations() == [("checkout-1-9-0", 100)]
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        load = stand.users()
        await stand.uncontrolled()
        found = await ejected(stand.home, stand.service, tmp_path / "ejected", does_it=True)
        assert found.is_done
        after = [made.read(kind, ROUTE) for kind in ("virtualservice", "destinationrule")]
        assert [one["spec"] for one in after] == [one["spec"] for one in before]
        assert not [one for one in after if "shipway" in str(one["metadata"].get("managedFields"))]
        await asyncio.sleep(1.0)
        counts = await nothing_was_lost(load)
        assert set(counts.answered) == {"1.9.0"}

    canary = {"stages": ["20%", "100%"], "bake": "2s", "sticky": None}
    told(behind_a_mesh(meshed, tmp_path, canary=canary, rollback={"window": "0s"}), story)


def test_a_version_that_fails_is_taken_back(meshed: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        await bad_version_goes_back(made)
        assert made.destinations() == [("checkout-1-8-2", 100)]

    stages = {"stages": ["50%", "100%"], "bake": "1m", "sticky": None}
    told(behind_a_mesh(meshed, tmp_path, canary=stages), story)
