"""A service at rest is recorded by replica, and its next release says on how much of that its guard stands."""

import pytest

from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.analysis import aa, calibration
from shipway.engine import resting, wake

BIN_SECONDS, BINS, WINDOWS = 0.5, 4, 3


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of two seconds, of which three are enough."""
    changes: tuple[tuple[object, str, float], ...] = (
        (resting, "BIN_SECONDS", BIN_SECONDS),
        (resting, "BINS", BINS),
        (resting, "WINDOW_SECONDS", BINS * BIN_SECONDS),
        (resting, "SETTLE_SECONDS", 1.0),
        (resting, "RETRY_SECONDS", BIN_SECONDS),
        (resting, "REQUESTS_MIN", 10),
        (wake, "REST_SECONDS", BIN_SECONDS),
        (aa, "WINDOWS_MIN", WINDOWS),
        (calibration, "WINDOWS_MIN", WINDOWS),
    )
    for module, name, value in changes:
        monkeypatch.setattr(module, name, value)


@on_a_stand()
async def test_a_release_stands_on_what_was_recorded_at_rest(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    stand.users(rate=40.0)
    await stand.eventually(lambda: _has_windows(stand), "windows of the service at rest are kept")
    await stand.uncontrolled()
    before = len(await _windows(stand))
    stand.control()
    await stand.eventually(lambda: _has_windows(stand, before + 1), "a new controller goes on")
    await stand.submit("1.9.0", strategy="canary")
    await stand.eventually(lambda: _says(stand), "the guard says what it stands on")
    assert (await stand.ended()).outcome == "finished"


async def _windows(stand: Stand) -> tuple[resting.AAWindow, ...]:
    kept = await stand.shipway.store.journal.kept(resting.key_of(SERVICE))
    found = resting.decoded(kept, now=stand.shipway.clock.now())
    assert all(sum(map(sum, window.requests)) >= 10 for window in found)
    assert all(sum(window.requests[0]) and sum(window.requests[2]) for window in found)
    return found


async def _has_windows(stand: Stand, count: int = WINDOWS) -> bool:
    return len(await _windows(stand)) >= count


async def _says(stand: Stand) -> bool:
    said = stand.seen.evidence.calibration if stand.seen else ""
    assert not said.startswith("not calibrated"), said
    return said.startswith("calibrated on ") and "no more clustered than by chance; latency not calibrated" in said
