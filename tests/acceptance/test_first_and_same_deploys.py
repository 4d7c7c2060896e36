"""The first deployment ever, the same version again, and a change of configuration alone."""

import pytest

from acceptance.asking import answer_of, version_at
from acceptance.counting import nothing_was_lost
from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.errors import ShipwayError
from shipway.model.event import RunStarted


@on_a_stand(smoke="curl --fail --silent {url}/cart")
async def test_the_first_deployment_opens_only_after_its_smoke_test_on_the_preview(stand: Stand) -> None:
    await stand.submit("1.8.2")
    await stand.reached(1)
    assert await version_at(stand.preview_port) == "1.8.2"
    assert (await stand.ended()).outcome == "finished"
    assert await version_at(stand.port) == "1.8.2"
    assert (await stand.state()).proven is not None


@on_a_stand()
async def test_the_same_version_again_is_refused_and_changes_nothing(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    before = await stand.pids()
    with pytest.raises(ShipwayError, match="is live already"):
        await stand.submit("1.8.2")
    assert len(await stand.events(RunStarted)) == 1
    assert await stand.pids() == before


@on_a_stand()
async def test_a_changed_environment_is_a_revision_of_its_own_and_rolls_out_without_loss(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    stand.environment(CHECKOUT_LATENCY_MS="1")
    await stand.ship("1.8.2")
    await nothing_was_lost(load)
    kept = await stand.shipway.store.revisions.all(SERVICE)
    assert [one.revision.version for one in kept] == ["1.8.2", "1.8.2"]
    assert (await stand.state()).proven == kept[1].revision.id


@on_a_stand(platform={"process": {"prepare": "echo installing {version}; echo no such version >&2; exit 3"}})
async def test_a_first_deployment_that_cannot_be_prepared_is_taken_away_and_says_why(stand: Stand) -> None:
    past = await stand.deploy("1.8.2")
    assert past.outcome == "rolled-back"
    assert "no such version" in past.reason
    assert (await stand.state()).proven is None
    with pytest.raises(ConnectionRefusedError):
        await answer_of(stand.port)
