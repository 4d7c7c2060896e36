"""A recorded release is judged as it would be while it happens."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.recorder import Recorder
from shipway.engine.replay import Replayed, replay
from shipway.model.event import WentBack
from shipway.model.metric import Metric
from shipway.model.noise import Noise
from shipway.model.policy import Guard, Rollback
from shipway.model.recording import Recording
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.sample import Sample
from shipway.model.share import Share
from shipway.model.verdict import Kind, Severity
from shipway.simulation.rehearse import FAULTS, Circumstances, _scenario
from shipway.simulation.simulate import Simulation
from shipway.spec.recordings import recordings
from unit.engine.recordings import drawn


def replayed(recording: Recording, policy: Guard | None = None) -> Replayed:
    return asyncio.run(replay(recording, policy or Guard()))


def test_a_bad_release_is_caught_with_the_sentence_that_would_have_been_said() -> None:
    found = replayed(drawn("1.9.0", ratio=8.0))
    assert found.back_at is not None and 60.0 < found.back_at < 300.0
    assert found.verdict.sentence.startswith("candidate errors")
    assert not found.is_missed


def test_what_hurt_its_chosen_users_is_caught_among_them() -> None:
    found = drawn("1.9.0", ratio=8.0)
    chosen = replace(found, stages=tuple(replace(stage, share=Share(0)) for stage in found.stages))
    assert replayed(chosen).verdict.sentence.startswith("candidate errors")


def test_good_releases_are_let_through() -> None:
    for seed in range(12):
        found = replayed(drawn("1.9.0", seed=seed))
        assert found.back_at is None and not found.is_false_alarm, f"seed {seed}"


def test_a_policy_that_promises_less_catches_sooner() -> None:
    strict, loose = (replayed(drawn("x", ratio=4.0), Guard(false_rollback=p)) for p in (0.0001, 0.2))
    assert strict.back_at is not None and loose.back_at is not None
    assert loose.back_at < strict.back_at


def test_a_release_of_a_bursty_service_is_judged_by_what_its_guard_knew() -> None:
    noise = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(5.0, 5.0, 100.0))
    plain = drawn("1.9.0", ratio=8.0)
    soon, later = replayed(plain), replayed(replace(plain, noise=noise))
    assert soon.back_at is not None and later.back_at is not None
    assert soon.back_at < later.back_at


def test_an_absolute_limit_of_the_policy_holds_for_the_past_too() -> None:
    recording = drawn("x", rate=0.02, ratio=1.4, pace=200.0)
    assert replayed(recording).back_at is None
    assert replayed(recording, Guard(success_rate_min=0.977)).back_at is not None


def test_a_metric_of_the_policy_is_read_from_the_recording() -> None:
    memory = Guard(metrics=(Metric(name="memory", resource="memory", worse_by=0.5),))
    found = replayed(drawn("x", rate=0.0001, ratio=1.5), memory)
    assert found.back_at is not None
    assert "memory" in found.verdict.sentence


def test_a_metric_that_was_not_recorded_is_blind_and_no_alarm() -> None:
    heat = Guard(metrics=(Metric(name="heat", query="{version}", is_gauge=True, worse_by=0.5),))
    found = replayed(drawn("x"), heat)
    assert found.back_at is None
    assert "heat cannot be seen" in found.verdict.sentence


def test_medium_harm_is_held_first_and_goes_back_when_it_lasts() -> None:
    policy = Guard(metrics=(Metric(name="memory", resource="memory", worse_by=0.5, severity=Severity.MEDIUM),))
    patient = replayed(drawn("x", rate=0.0001, ratio=1.5), policy)
    assert patient.held_at is not None and patient.back_at is None
    hasty = replayed(drawn("x", rate=0.0001, ratio=1.5), replace(policy, medium_patience=60.0))
    assert hasty.back_at is not None and hasty.held_at is not None
    assert hasty.back_at - hasty.held_at >= 60.0


# What the controller records


def revision(version: str) -> Revision:
    return Revision(id=RevisionId(f"{version}-0"), service="shop", version=version, platform={})


def rehearsed(tmp_path: Path, fault: str) -> tuple[Simulation, Path]:
    """A release in the simulator, recorded before each look at its metrics and at each of the engine's writes."""
    release = Release(
        service="shop",
        revision=RevisionId("2-0"),
        strategy="canary",
        replicas=4,
        canary=Canary(shares=(Share(10_000), Share(100_000)), bake=120.0),
        rollback=Rollback(window=60.0),
    )
    scenario = _scenario(release, revision("2"), FAULTS[fault], revision("1"), Circumstances())
    simulation, recorder = Simulation(scenario), Recorder(lambda service: tmp_path / service)

    def note(what: str) -> float:
        for pilot in simulation.pilots:
            if pilot.service is not None:
                recorder.note(pilot.service)
        return 0.0

    ask = simulation.metrics.sample

    async def sample(names: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        note("a look")
        return await ask(names)

    setattr(simulation.metrics, "sample", sample)  # noqa: B010
    simulation.before_point = note
    simulation.play()
    for pilot in simulation.pilots:
        if pilot.service is not None:
            recorder.note(pilot.service)
    return simulation, tmp_path / "shop"


def test_what_the_controller_records_is_judged_again_as_it_was_judged_then(tmp_path: Path) -> None:
    simulation, folder = rehearsed(tmp_path, "candidate-errors")
    then = next(e.event for e in simulation.journal.entries["shop"] if isinstance(e.event, WentBack))
    (recording,) = recordings(folder)
    assert recording.outcome == "rolled-back"
    assert [stage.name for stage in recording.stages] == ["canary 10%", "all", "window", "done"]
    found = replayed(recording)
    assert found.back_at is not None
    assert (found.verdict.kind, found.verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert found.verdict.sentence.split(" (")[0] == then.reason.split(" (")[0]


def test_a_release_that_went_well_is_recorded_to_its_end(tmp_path: Path) -> None:
    _, folder = rehearsed(tmp_path, "none")
    (recording,) = recordings(folder)
    assert recording.outcome == "finished"
    assert recording.looks[-1].candidate.requests > 10_000
    assert len(recording.looks[-1].candidate.buckets) == len(recording.bounds_seconds) > 0
    assert replayed(recording).back_at is None


def test_a_folder_that_cannot_be_written_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where a folder belongs")
    simulation, _ = rehearsed(tmp_path, "none")
    assert simulation.journal.entries["shop"]


def test_only_so_many_recordings_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for number in range(60):
        (folder / f"0.{number}-x-{number}.jsonl").write_text("")
    rehearsed(tmp_path, "none")
    assert len(list(folder.iterdir())) == 50
