"""Harm that the candidate's replicas show: they keep crashing, or their health fails while they serve."""

from collections.abc import Iterator

from shipway.analysis.combine import combined
from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.model.fleet import Replica
from shipway.model.plan import has_users
from shipway.model.revision import RevisionId
from shipway.model.verdict import Kind, Severity, Verdict

CRASH_LOOP_RESTARTS = 3
"""A replica that was started again this often and still does not answer is a crash loop."""
SICK_SECONDS = 30.0
"""A replica that was ready and has not answered for so long is not just slow for a moment."""


def with_replicas(verdict: Verdict, run: Run, world: World) -> Verdict:
    """The verdict of the metrics, or a worse one that the candidate's replicas show."""
    return combined((verdict, *_crashing(verdict, run, world), *_sick(run, world))) or verdict


def _crashing(verdict: Verdict, run: Run, world: World) -> Iterator[Verdict]:
    all_of_them = world.replicas(run.plan.candidate)
    loop = [replica for replica in all_of_them if _is_in_a_loop(replica)]
    if loop:
        worst = max(loop, key=lambda replica: replica.restarts)
        keep = "keeps" if len(loop) == 1 else "keep"
        sentence = (
            f"{len(loop)} of {len(all_of_them)} candidate replicas {keep} crashing: "
            f"{worst.id} was started again {worst.restarts} times" + (f" ({worst.detail})" if worst.detail else "")
        )
        yield _harm(Severity.CRITICAL, sentence, verdict.first_bad_at)


def _is_in_a_loop(replica: Replica) -> bool:
    """One whose machine is lost does not answer for that reason, however often it was started before."""
    return replica.restarts >= CRASH_LOOP_RESTARTS and not replica.ready and replica.lost_since is None


def _sick(run: Run, world: World) -> Iterator[Verdict]:
    """What both versions share, such as a database, makes both sick: that says nothing about the candidate."""
    plan = run.plan
    sick, of = _sick_ones(plan.candidate, world)
    if not sick or (world.has_traffic and not has_users(plan, run.stage, plan.candidate)):
        return
    stable_sick, stable_of = _sick_ones(plan.base, world) if plan.base else ([], 0)
    if stable_of and len(stable_sick) / stable_of >= len(sick) / of:
        return
    first = min(sick, key=lambda replica: replica.sick_since or 0.0)
    sentence = (
        f"health fails on {len(sick)} of {of} candidate replicas that were ready: "
        f"{first.id}, for {world.now - (first.sick_since or 0.0):.0f} s ({first.detail})"
    )
    severity = Severity.HIGH if 2 * len(sick) >= of else Severity.MEDIUM
    yield _harm(severity, sentence, first.sick_since)


def _sick_ones(revision: RevisionId, world: World) -> tuple[list[Replica], int]:
    """Those that have been sick for long, and how many there are."""
    found = [replica for replica in world.replicas(revision) if replica.draining_since is None]
    sick = [one for one in found if one.sick_since is not None and world.now - one.sick_since >= SICK_SECONDS]
    return sick, len(found)


def _harm(severity: Severity, sentence: str, first_bad_at: float | None) -> Verdict:
    return Verdict(kind=Kind.HARMFUL, severity=severity, sentence=sentence, first_bad_at=first_bad_at)
