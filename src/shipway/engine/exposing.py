"""Looks at the users who are shown a flag beside those who are not, while its ramp is under way.

Both are on the same code at the same time, so whatever befalls the service befalls both; what is left is the flag.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.analysis.combine import combined
from shipway.analysis.judge import blind, judge
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.analysis.windows import is_newer, window
from shipway.engine.guard import STALE_INTERVALS, STALE_SECONDS, UNKNOWN, Evidence
from shipway.engine.ramped import Ramped
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.plan import Plan
from shipway.model.policy import Guard
from shipway.model.sample import Sample, Window
from shipway.model.share import TOTAL
from shipway.model.verdict import Verdict
from shipway.ports.exposures import HIDDEN, SHOWN, Exposures


async def look(evidence: Evidence, run: Run, source: Exposures | None, *, now: float) -> Evidence:
    """The evidence with one look at the flag of the ramp; the same where the stage has none.

    What was seen of a flag is forgotten when it is taken down: who raises it again has it judged anew.
    """
    flag = run.stage.ramp
    if run.back is not None and evidence.ramped.flag:
        return replace(evidence, ramped=Ramped())
    if not flag or run.back is not None:
        return evidence
    ramped = _begun(evidence.ramped, run)
    if source is None:
        return replace(evidence, ramped=replace(ramped, verdict=blind(f"nothing here counts who is shown {flag}")))
    try:
        samples = await source.exposures(flag)
    except PortError as error:
        return replace(evidence, ramped=replace(ramped, verdict=blind(error.what.rstrip("."))))
    return replace(evidence, ramped=_seen(ramped, run, samples, now))


def with_ramp(verdict: Verdict, evidence: Evidence, run: Run) -> Verdict:
    """The verdict on the code, or a worse one on the flag that the stage ramps. At a stage without a ramp the flag
    is down, and what it did no longer speaks against the code."""
    ramped = evidence.ramped
    if not run.stage.ramp or run.back is not None:
        return verdict
    is_of_this = (ramped.run, ramped.flag) == (run.id, run.stage.ramp)
    own = (ramped.verdict if is_of_this else None) or UNKNOWN
    own = replace(own, sentence=f"users with {run.stage.ramp} against users without: {own.sentence}")
    return combined((own, verdict)) or own


def _begun(ramped: Ramped, run: Run) -> Ramped:
    """Sums run through all stages of one flag; another flag begins at nothing."""
    flag = run.stage.ramp
    if (ramped.run, ramped.flag) != (run.id, flag):
        ramped = Ramped(run=run.id, flag=flag)
    stages = [row for row, stage in enumerate(run.plan.stages) if stage.ramp == flag]
    tally = begin_stage(
        ramped.tally,
        index=stages.index(run.row),
        of=len(stages),
        share=run.stage.flags[flag] / TOTAL,
        stay_seconds=max(run.stage.stay.bake, run.stage.stay.minimum, run.plan.guard.interval),
    )
    return replace(ramped, tally=tally)


def _seen(ramped: Ramped, run: Run, samples: Mapping[str, Sample], now: float) -> Ramped:
    sides = (SHOWN, HIDDEN)
    if not all(side in samples and is_newer(ramped.before.get(side), samples[side]) for side in sides):
        return _waiting(ramped, run, now)
    windows = {side: window(ramped.before[side], samples[side]) for side in sides if side in ramped.before}
    tally = _absorbed(ramped.tally, windows) if windows else ramped.tally
    verdict = judge(tally, guard_of(run.plan), now=samples[SHOWN].at)
    return replace(ramped, whole_at=now, before=dict(samples), tally=tally, verdict=verdict)


def _waiting(ramped: Ramped, run: Run, now: float) -> Ramped:
    """Nothing new: the last verdict holds for a while, then the guard is blind for this flag."""
    since = now if ramped.whole_at is None else ramped.whole_at
    is_stale = now - since > max(STALE_SECONDS, STALE_INTERVALS * run.plan.guard.interval)
    verdict = blind(f"nothing new was counted for {now - since:.0f} s") if is_stale else ramped.verdict
    return replace(ramped, whole_at=since, verdict=verdict)


def _absorbed(tally: Tally, windows: Mapping[str, Window]) -> Tally:
    hidden = windows[HIDDEN]
    return absorb(tally, stable=hidden if hidden.requests else None, candidate=windows[SHOWN])


def guard_of(plan: Plan) -> Guard:
    """The plan's guard, without the metrics that people defined: those are of versions, not of flags."""
    return replace(plan.guard, metrics=())
