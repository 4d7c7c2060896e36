"""Looks at the users who are shown a flag beside those who are not, while its ramp is under way.

Both are on the same code at the same time, so whatever befalls the service befalls both; what is left is the flag.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.analysis import custom
from shipway.analysis.combine import combined
from shipway.analysis.custom import CANDIDATE, STABLE, Look, Watch
from shipway.analysis.judge import blind, judge, promise_of
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.analysis.windows import is_newer, window
from shipway.engine.guard import STALE_INTERVALS, STALE_SECONDS, UNKNOWN, Evidence
from shipway.engine.measuring import QUERIES, absorbed, by_arm, measured
from shipway.engine.ramped import Ramped
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.plan import Plan
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample, Window
from shipway.model.share import TOTAL
from shipway.model.verdict import Verdict
from shipway.ports.exposures import HIDDEN, SHOWN, Exposures
from shipway.ports.measures import Measures

ARM_OF = {SHOWN: CANDIDATE, HIDDEN: STABLE}
ARMS = {RevisionId("true"): CANDIDATE, RevisionId("false"): STABLE}
"""What stands in queries for users who are shown the flag, and for the others."""


async def look(
    evidence: Evidence, run: Run, source: Exposures | None, measures: Mapping[str, Measures], *, now: float
) -> Evidence:
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
    ramped, windows = _seen(ramped, run, samples, now)
    return replace(evidence, ramped=await _measured(ramped, windows, run, measures.get(QUERIES), now=now))


def with_ramp(verdict: Verdict, evidence: Evidence, run: Run) -> Verdict:
    """The verdict on the code, or a worse one on the flag that the stage ramps. At a stage without a ramp the flag
    is down, and what it did no longer speaks against the code."""
    ramped = evidence.ramped
    if not run.stage.ramp or run.back is not None:
        return verdict
    is_of_this = (ramped.run, ramped.flag) == (run.id, run.stage.ramp)
    own = combined((ramped.verdict or UNKNOWN, *ramped.custom.values())) if is_of_this else None
    own = own or UNKNOWN
    own = replace(own, sentence=f"users with {run.stage.ramp} against users without: {own.sentence}")
    return combined((own, verdict)) or own


def metrics_of(evidence: Evidence, run: Run) -> Mapping[str, Verdict]:
    """Each metric's verdict by its name: on versions, and on users of the flag that is ramped."""
    if evidence.run != run.id:
        return {}
    ramped = evidence.ramped
    of_flag = ramped.custom if (ramped.run, ramped.flag) == (run.id, run.stage.ramp) else {}
    return {**evidence.custom, **{f"{name} with {ramped.flag}": said for name, said in of_flag.items()}}


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


def _seen(
    ramped: Ramped, run: Run, samples: Mapping[str, Sample], now: float
) -> tuple[Ramped, Mapping[str, Window]]:
    """What requests say, and those since the look before."""
    sides = (SHOWN, HIDDEN)
    if not all(side in samples and is_newer(ramped.before.get(side), samples[side]) for side in sides):
        return _waiting(ramped, run, now), {}
    windows = {side: window(ramped.before[side], samples[side]) for side in sides if side in ramped.before}
    tally = _absorbed(ramped.tally, windows) if windows else ramped.tally
    verdict = judge(tally, guard_of(run.plan), now=samples[SHOWN].at)
    return replace(ramped, whole_at=now, before=dict(samples), tally=tally, verdict=verdict), windows


async def _measured(
    ramped: Ramped, windows: Mapping[str, Window], run: Run, source: Measures | None, *, now: float
) -> Ramped:
    """One look at each metric that tells users of the flag apart. One that fails is blind alone."""
    guard = guard_of(run.plan)
    if not guard.metrics:
        return ramped
    metrics = [metric.of_flag(ramped.flag) for metric in guard.metrics]
    found = await measured(source, metrics, list(ARMS))
    requests = {ARM_OF[side]: float(seen.requests) for side, seen in windows.items()}
    seen = Look(at=now, requests=requests)
    spell, alpha = ramped.tally.spell, promise_of(ramped.tally, guard).each
    watches = {}
    for metric in metrics:
        before = ramped.watches.get(metric.name, Watch())
        watches[metric.name] = absorbed(before, metric, spell, by_arm(found[metric.name], ARMS), seen)
    said = {metric.name: custom.judge(watches[metric.name], metric, alpha=alpha, now=now) for metric in metrics}
    return replace(ramped, watches=watches, custom=said)


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
    """The plan's guard, with those metrics that tell users of a flag apart; the others are of versions alone."""
    return replace(plan.guard, metrics=tuple(metric for metric in plan.guard.metrics if metric.flag_query))
