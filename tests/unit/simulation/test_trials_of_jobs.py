"""A trial that waits for jobs: each that ends by itself counts, and one whose jobs come to nothing is held."""

from msgspec.structs import replace

from crash.test_crashes_of_jobs import NEXT_AT, SCHEDULE, V1, V2, deploy, scenario
from shipway.engine.decide import VOID_JOBS_MAX
from shipway.model.schedule import Overlap
from shipway.simulation.ending import violations_of
from shipway.simulation.faults import Code


def test_one_whose_jobs_are_replaced_before_they_end_is_held_and_says_why() -> None:
    story = scenario((NEXT_AT, deploy(V2, "canary")))
    hasty = replace(SCHEDULE, overlap=Overlap.REPLACE)
    revisions = tuple(replace(one, schedule=hasty) if one.id == V2 else one for one in story.revisions)
    codes = {V1: story.codes[V1], V2: Code(job_seconds=15.0, error_rate=0.0)}
    outcome, found = violations_of(replace(story, revisions=revisions, codes=codes))
    assert not found, found[0]
    run = outcome.state.run
    assert run is not None and run.hold is not None and run.hold.rule == "no-jobs"
    assert run.hold.reason == f"{VOID_JOBS_MAX} jobs of this stage were stopped, interrupted or missed"
