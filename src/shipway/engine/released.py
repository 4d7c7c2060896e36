"""A service's releases as a monitoring system is asked about them: who, from when to when, at which shares."""

from collections.abc import Sequence

from shipway.model.past import Past
from shipway.model.past_release import PastRelease


def released(past: Sequence[Past]) -> tuple[PastRelease, ...]:
    """Every run with a version before it in which users met the candidate, oldest first.

    One that was taken back ends where it turned back: what users met afterwards is not the candidate's.
    """
    return tuple(_release(run, run.base) for run in past if run.base is not None and run.met)


def _release(run: Past, base: str) -> PastRelease:
    version = run.candidate.rpartition("-")[0] or run.candidate
    return PastRelease(
        name=f"{version}-{run.id}",
        stable=base,
        candidate=run.candidate,
        start=run.started_at,
        end=run.met_until,
        stages=run.met,
        are_revisions=True,
        outcome=run.outcome,
    )
