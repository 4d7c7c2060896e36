"""The journal's releases as a monitoring system is asked about them: who, from when to when, at which shares."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from shipway.model import event
from shipway.model.event import Entry
from shipway.model.past_release import PastRelease, PastStage
from shipway.model.plan import Plan
from shipway.model.share import NONE


def released(entries: Sequence[Entry]) -> tuple[PastRelease, ...]:
    """Every ended run with a version before it in which users met the candidate, oldest first.

    One that was taken back ends where it turned back: what users met afterwards is not the candidate's.
    """
    return tuple(_runs(entries))


def _runs(entries: Sequence[Entry]) -> Iterator[PastRelease]:
    plan: Plan | None = None
    begun = PastRelease(name="", stable="", candidate="", start=0.0, end=0.0)
    for entry in entries:
        match entry.event:
            case event.RunStarted() as started:
                plan, begun = started.plan, _begun(started.plan, entry)
            case event.StageEntered(row=row) if plan is not None and not begun.end:
                begun = _entered(begun, plan, row, entry.at)
            case event.WentBack() if not begun.end:
                begun = replace(begun, end=entry.at)
            case event.RunEnded(outcome=outcome) if plan is not None:
                begun = replace(begun, end=begun.end or entry.at, outcome=outcome)
                if begun.stages and plan.base is not None:
                    yield begun
                plan = None
            case _:
                continue


def _begun(plan: Plan, entry: Entry) -> PastRelease:
    version = plan.candidate.rpartition("-")[0] or plan.candidate
    release = PastRelease(
        name=f"{version}-{entry.position}",
        stable=plan.base or "",
        candidate=plan.candidate,
        start=entry.at,
        end=0.0,
        are_revisions=True,
    )
    return _entered(release, plan, 1, entry.at)


def _entered(release: PastRelease, plan: Plan, row: int, at: float) -> PastRelease:
    """A stage in which the candidate has users."""
    stage = plan.stages[row]
    share = stage.route.shares.get(plan.candidate, NONE)
    if share == NONE:
        return release
    stay = max(stage.stay.bake, stage.stay.minimum)
    entered = PastStage(at=at - release.start, name=stage.name, share=share, stay=stay)
    return replace(release, stages=(*release.stages, entered))
