"""A bursty service rests for days under the real engine; its guard then keeps the promise and still finds harm."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.analysis.aa import known
from shipway.analysis.calibration import Stage
from shipway.analysis.lockstep import Lockstep, Scrape
from shipway.engine import calibrate, resting
from shipway.engine.guard import Evidence
from shipway.model.command import Deploy
from shipway.model.event import RunStarted, WentBack
from shipway.model.noise import QUIET, Noise
from shipway.model.policy import Guard
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import from_percent
from shipway.simulation.faults import Bursts, Code
from shipway.simulation.pilot import Pilot
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, Simulation

HOUR, DAY = 3600.0, 86_400.0
REST_SECONDS, DEATHS = 4 * DAY, 40
PACE, RATE, BURSTS = 200.0, 0.01, Bursts()
REPLICAS, WATCHED = 4, 3
"""The stages until the promotion."""
ALPHA = 0.01
STEP = 2.0
"""The guard looks more often than it records."""
FIRST, HARMFUL = (RevisionId(name) for name in ("v1", "v2"))


def release(revision: RevisionId) -> Release:
    return Release(
        service="checkout",
        revision=revision,
        strategy="canary",
        replicas=REPLICAS,
        canary=Canary(shares=(from_percent(5), from_percent(25), from_percent(100)), bake=600.0),
        guard=Guard(false_rollback=ALPHA, interval=10.0),
    )


@cache
def rested() -> tuple[Simulation, Outcome]:
    """Four days at rest with a controller that dies forty times, then a harmful version."""
    names, when = (FIRST, HARMFUL), (1.0, REST_SECONDS)
    scenario = Scenario(
        revisions=tuple(Revision(id=name, service="checkout", version=name, platform={}) for name in names),
        asked=tuple(
            Asked(at=at, command=Deploy(release=release(name))) for at, name in zip(when, names, strict=True)
        ),
        codes={FIRST: Code(error_rate=RATE), HARMFUL: Code(error_rate=8 * RATE)},
        requests_per_second=PACE,
        bursts=BURSTS,
        horizon=REST_SECONDS + 2 * HOUR,
    )
    simulation = Simulation(scenario)
    for number in range(DEATHS):
        simulation.timeline.at(1000.0 + number * REST_SECONDS / DEATHS, lambda: _die(simulation))
    return simulation, simulation.play()


def _die(simulation: Simulation) -> None:
    [pilot] = simulation.pilots
    pilot.kill()
    simulation.pilots.remove(pilot)
    successor = Pilot(pilot.name, "checkout", ports=pilot.ports, store=pilot.store, timeline=pilot.timeline)
    successor.lease_seconds = pilot.lease_seconds
    simulation.pilots.append(successor)
    simulation.timeline.after(120.0, successor.wake)


def evidence() -> Evidence:
    """Of the harmful version's guard."""
    return rested()[0].pilots[0].service.evidence


def learnt() -> Noise:
    """What that guard had made of the windows, by the real engine."""
    return evidence().tally.compared.noise


def stages() -> tuple[Stage, ...]:
    """Of that release, as its guard watches them."""
    plans = [entry.event.plan for entry in rested()[1].entries if isinstance(entry.event, RunStarted)]
    return calibrate.stages_of(plans[-1])


def together(random: np.random.Generator, rows: int, runs: int) -> np.ndarray:
    """What all replicas have of their bursts, in the mean."""
    return sum(bursts(random, rows, runs) for _ in range(REPLICAS)) / REPLICAS


def bursts(random: np.random.Generator, rows: int, runs: int) -> np.ndarray:
    """By what one replica's error rate is multiplied in each run, by scrape."""
    begin, end = STEP / BURSTS.gap_seconds, STEP / BURSTS.seconds
    is_bad, found = random.random(runs) < begin / (begin + end), np.empty((rows, runs))
    for row, chance in zip(found, random.random((rows, runs)), strict=True):
        is_bad = np.where(is_bad, chance >= end, chance < begin)
        row[:] = np.where(is_bad, BURSTS.times, 1.0)
    return found


def scrape(random: np.random.Generator, share: float, rates: np.ndarray, stable_rates: np.ndarray) -> Scrape:
    requests, stable = (random.poisson(PACE * STEP * part, len(rates)) for part in (share, 1.0 - share))
    errors = random.binomial(requests, np.minimum(1.0, rates))
    stable_errors = random.binomial(stable, np.minimum(1.0, stable_rates))
    return Scrape(*(one.astype(float) for one in (requests, errors, stable, stable_errors)), STEP)


def convicted(noise: Noise, *, times: float, runs: int, seed: int = 1) -> np.ndarray:
    """When each run's candidate is proven worse, scrapes since its first request; infinity: never.

    Below 100% the candidate is a single replica, whose bursts are not divided by the others.
    """
    random, lockstep, when = np.random.default_rng(seed), Lockstep(runs, noise), np.full(runs, np.inf)
    number = 0
    for stage in (Stage(0.0, 60.0), *stages()[:WATCHED]):
        if stage.share:
            lockstep.begin_stage(of=len(stages()), share=stage.share, stay_seconds=stage.stay_seconds)
        rows = round(stage.stay_seconds / STEP)
        mine = (bursts if stage.share < 1.0 else together)(random, rows, runs)
        for one, other in zip(mine, together(random, rows, runs), strict=True):
            lockstep.absorb(scrape(random, stage.share, RATE * times * one, RATE * other))
            number += stage.share > 0.0
            is_proven = lockstep.excesses(ALPHA, least=0.0) >= 0.0 if stage.share else np.zeros(runs, bool)
            when = np.where(is_proven & np.isinf(when), number, when)
    return when


def test_windows_are_recorded_whatever_becomes_of_controllers() -> None:
    kept = rested()[0].journal.checkpoints[resting.key_of("checkout")]
    found = known(resting.decoded(kept, now=REST_SECONDS), now=REST_SECONDS)
    assert found.windows > REST_SECONDS / resting.WINDOW_SECONDS - 3 * DEATHS
    assert found.windows > 100 and not found.broken
    assert found.clustering.value > 5.0


def test_equal_candidates_of_a_bursty_service_are_taken_back_no_more_than_promised() -> None:
    runs, noise = 1000, learnt()
    assert np.isfinite(convicted(QUIET, times=1.0, runs=200)).mean() > 0.3
    assert np.isfinite(convicted(noise, times=1.0, runs=runs)).sum() <= 2 * ALPHA * runs


def test_a_harmful_candidate_is_still_found() -> None:
    assert np.isfinite(convicted(learnt(), times=5.0, runs=200)).mean() > 0.95


def test_the_next_release_uses_what_was_recorded_and_one_that_harms_is_taken_back() -> None:
    _, outcome = rested()
    assert [past.outcome for past in outcome.state.past] == ["finished", "rolled-back"]
    [back] = [entry.event for entry in outcome.entries if isinstance(entry.event, WentBack)]
    assert back.rule in ("critical", "high")
    assert evidence().calibration.startswith("calibrated on ")
    assert len(learnt().extra_nats) == len(stages())
    assert min(learnt().extra_nats[:WATCHED]) > 0.0


def test_a_version_that_was_taken_back_teaches_nothing() -> None:
    _, outcome = rested()
    assert calibrate.mistrusted(outcome.state.past) == {HARMFUL}


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), times=st.sampled_from((1.0, 2.0, 5.0)))
def test_a_calibrated_guard_is_never_quicker_to_convict(seed: int, times: float) -> None:
    noise = learnt()
    plain, calm = (convicted(one, times=times, runs=50, seed=seed) for one in (QUIET, noise))
    assert (calm >= plain).all()
