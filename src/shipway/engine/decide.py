"""What to do next: a ladder of rules, the first that matches decides, and its name is kept for `why`.

`Decision` is data. Nothing here acts, reads a clock or remembers.
"""

from collections.abc import Callable

from shipway.engine import adopting, backfilling, contracting, holds, hooks
from shipway.engine.case import (
    Case,
    Decision,
    Move,
    first_row,
    furthest_back,
    going_back,
    holding,
    no_way_back,
    staying,
)
from shipway.engine.reached import candidate_is_ready, is_reached, missing, traffic_is_there
from shipway.model.fleet import Preparation
from shipway.model.verdict import Kind, Severity

PAUSE_MAX_SECONDS = 24 * 3600.0
"""A pause that lasts longer becomes a hold, so that somebody is told."""
VOID_JOBS_MAX = 10
"""So many jobs that say nothing of a version, and the stage that waits for others is held."""


Rule = Callable[[Case], Decision | None]


def decide(case: Case) -> Decision:
    """The first rule that has something to say."""
    ladder = BACKWARDS if case.run.back else FORWARDS
    for rule in ladder:
        decision = rule(case)
        if decision is not None:
            return _after_hooks(case, decision)
    return staying("converging", f"moving to {case.run.stage.name}")


def _after_hooks(case: Case, decision: Decision) -> Decision:
    """A stage is left, and a take-back reported as over, once its hooks have answered; a rescue waits for none."""
    leaves = decision.move in (Move.FORWARD, Move.END) and decision.rule != "stable-broken"
    waiting = hooks.last_ones(case.run) if leaves else ""
    return staying(hooks.AFTER, waiting) if waiting else decision


# Going back


def back_further(case: Case) -> Decision | None:
    """Further back: on harm that goes on, to a stage that can be reached, and where somebody asks to."""
    back = case.run.back
    if back is None or back.row == 0:
        return None
    if case.run.stage.back is None:
        return None
    if case.run.back_to is not None and case.run.back_to < back.row:
        return Decision(move=Move.BACK, rule="asked", reason=case.run.back_reason, row=case.run.back_to)
    if case.is_harmful and case.verdict.severity == Severity.CRITICAL:
        return Decision(move=Move.BACK, rule="harm-goes-on", reason=case.verdict.sentence, row=0)
    if case.run.settled_at is not None and case.is_harmful:
        return Decision(move=Move.BACK, rule="harm-goes-on", reason=case.verdict.sentence, row=0)
    if case.run.settled_at is None and _is_late(case) and not case.is_stable_broken:
        return Decision(move=Move.BACK, rule="back-late", reason=f"{case.run.stage.name} is out of reach", row=0)
    return None


def rolled_back(case: Case) -> Decision | None:
    """Row 0 is reached; or its traffic and flags are, and the deadline for the rest is over."""
    back = case.run.back
    if back is None or back.row != 0:
        return None
    there = is_reached(case.run.plan, case.run.row, case.world)
    if there or (_is_late(case) and traffic_is_there(case.world)):
        return Decision(move=Move.END, rule="rolled-back", reason=back.reason, outcome="rolled-back")
    return None


def back_at_stage(case: Case) -> Decision | None:
    """An earlier stage is reached: a person decides whether to go on, the guard stays armed."""
    back = case.run.back
    if back is None or back.row == 0 or case.run.settled_at is None:
        return None
    if case.run.promote or case.run.go_on:
        return Decision(move=Move.FORWARD, rule="asked", reason="asked to go on", row=case.run.row)
    return holding(case, "back-at-stage", f"went back to {case.run.stage.name}: {back.reason}")


def back_late(case: Case) -> Decision | None:
    """A take-back that takes too long is reported once, and goes on."""
    if _is_late(case):
        return holding(case, "back-late", "the take-back is not finished by its deadline; it goes on")
    return None


# Going forward


def asked_back(case: Case) -> Decision | None:
    """Somebody pulls the cord: nothing but a missing way back stands in between."""
    if case.run.back_to is None or case.run.back_to > case.run.row:
        return None
    if case.run.stage.back is None:
        return holding(case, "asked-no-way-back", f"asked to go back, but {no_way_back(case)}")
    row = max(case.run.back_to, furthest_back(case))
    return Decision(move=Move.BACK, rule="asked", reason=case.run.back_reason, row=row)


def critical(case: Case) -> Decision | None:
    """Critical harm: all the way back, at once."""
    if case.verdict.kind == Kind.HARMFUL and case.verdict.severity == Severity.CRITICAL:
        return going_back(case, first_row(case), "critical", case.verdict.sentence)
    return None


def high(case: Case) -> Decision | None:
    """High harm: back to where the row says."""
    if case.verdict.kind == Kind.HARMFUL and case.verdict.severity == Severity.HIGH:
        return going_back(case, case.run.stage.back, "high", case.verdict.sentence)
    return None


def drift(case: Case) -> Decision | None:
    """Other hands changed something: hold until it is accepted or overwritten."""
    if case.run.drift:
        what = case.run.drift[-1]
        why = adopting.refusal(case.run, case.world, what)
        return holding(case, "drift", f"somebody else changed it: {what}{f' ({why})' if why else ''}")
    return None


def medium(case: Case) -> Decision | None:
    """Medium harm: no further, and back when it has not cleared in its patience, or has grown from low."""
    if case.marked_for("medium") < 0:
        return None
    if case.verdict.severity != Severity.MEDIUM:
        return staying("medium-clears", case.verdict.sentence)
    if _has_grown(case):
        return going_back(case, case.run.stage.back, "low-grew", case.verdict.sentence)
    if case.marked_for("medium") >= case.run.plan.guard.medium_patience:
        return going_back(case, case.run.stage.back, "medium", case.verdict.sentence)
    return staying("medium-wait", case.verdict.sentence)


def _has_grown(case: Case) -> bool:
    """Whether what is medium at this stage was low at an earlier one, a short while ago."""
    began = case.run.marks.get("low")
    is_recent = 0.0 <= case.marked_for("low") < case.run.plan.guard.low_patience
    return began is not None and is_recent and began < case.run.entered_at


def prepare_failed(case: Case) -> Decision | None:
    """The candidate cannot even be prepared."""
    fleet = case.world.fleet
    candidate = case.run.plan.candidate
    if fleet and fleet.prepared.get(candidate) == Preparation.FAILED and not case.world.replicas(candidate):
        return going_back(
            case, first_row(case), "prepare-failed", fleet.details.get(candidate, "preparation failed")
        )
    return None


def warm_up_failed(case: Case) -> Decision | None:
    """A replica of the candidate does not get warm: users would wait for its answers."""
    cold = [replica for replica in case.world.replicas(case.run.plan.candidate) if replica.cold]
    if not cold or case.run.row > case.run.plan.promoted:
        return None
    said = f"{cold[0].id} did not get warm: {cold[0].cold}; correct warm_up, or raise warm_up_within"
    return going_back(case, first_row(case), "warm-up", said)


def gate_refused(case: Case) -> Decision | None:
    """A gate of this row said no."""
    prefix = f"{case.run.row}/"
    if any(key.startswith(prefix) and not passed for key, passed in case.run.gates.items()):
        return going_back(case, case.run.stage.back, "gate", case.run.gate_detail or "a gate refused")
    return None


def hook_failed(case: Case) -> Decision | None:
    """A hook of this stage failed: a person decides, or time does."""
    detail, run = hooks.failure(case.run), case.run
    hold = run.hold if run.hold and run.hold.rule.startswith("hook") else None
    if not detail or (run.go_on and hold):
        return None
    patience = run.plan.hooks.back_after
    if patience is not None and hold and (hold.rule != "hook" or case.now - hold.at >= patience):
        return going_back(case, run.stage.back, "hook", detail)
    return holding(case, "hook", detail)


def blocked(case: Case) -> Decision | None:
    """Something cannot be had before a person has done something, such as freeing a port: say so at once."""
    hold = case.run.hold
    if not case.run.blocked or (case.run.go_on and hold):
        return None
    return holding(case, "blocked", " ".join(_sentences(next(iter(case.run.blocked.values())))))


def _sentences(error: str) -> list[str]:
    """An error's lines, each ended."""
    return [line if line.endswith(".") else f"{line}." for line in error.splitlines()]


def paused(case: Case) -> Decision | None:
    """A pause stops promotion; one that is too long is held so that somebody is told."""
    if case.run.paused_at is None:
        return None
    if case.now - case.run.paused_at >= PAUSE_MAX_SECONDS:
        return holding(case, "paused-long", "paused for more than a day")
    return staying("paused", "promotion is paused; the guard stays armed")


def stable_broken(case: Case) -> Decision | None:
    """The stable revision is dead and the candidate is the way out: go on to full traffic."""
    ahead = case.run.row < case.run.plan.promoted and case.run.plan.base is not None
    if ahead and case.is_stable_broken and candidate_is_ready(case.run.plan, case.world) and not case.is_harmful:
        reason = "the stable revision does not answer and the candidate does"
        return Decision(move=Move.FORWARD, rule="stable-broken", reason=reason, row=case.run.plan.promoted)
    return None


def hooks_before(case: Case) -> Decision | None:
    """What has to happen before the stage is begun."""
    waiting = hooks.first_ones(case.run)
    return staying("before-hooks", waiting) if waiting and not case.is_stable_broken else None


def late(case: Case) -> Decision | None:
    """The stage was not reached by its deadline."""
    if case.run.settled_at is not None or not _is_late(case):
        return None
    plan, stage = case.run.plan, case.run.stage
    reason = f"{stage.name} was not reached in {stage.stay.deadline:.0f} s: {missing(plan, stage, case.world)}"
    return going_back(case, case.run.stage.back, "late", reason)


def unsettled(case: Case) -> Decision | None:
    """Until the stage is reached there is nothing else to decide."""
    if case.run.settled_at is None:
        return staying("converging", f"moving to {case.run.stage.name}")
    return None


def unseen(case: Case) -> Decision | None:
    """A stage is not left while nobody sees whether it still is what it was: wait, then hold."""
    if case.world.is_seen:
        return None
    why = "; ".join(case.world.observed.unreachable.values())
    if case.marked_for("unseen") >= case.run.plan.guard.blind_patience:
        return holding(case, "unseen", why)
    return staying("unseen-wait", why)


def gates_open(case: Case) -> Decision | None:
    """The stage's gates must have said yes."""
    gates = case.run.stage.gates
    silent = [
        gate for number, gate in enumerate(gates) if not case.run.gates.get(f"{case.run.row}/{number}", False)
    ]
    if not silent:
        return None
    agreed = f"{len(gates) - len(silent)} of {len(gates)} gates have agreed"
    return staying("gates", f"{agreed}; awaited: {', '.join(gate.target for gate in silent)}")


def promoted(case: Case) -> Decision | None:
    """Somebody asked to go on early."""
    if case.run.promote == "all" and case.run.row < case.run.plan.promoted:
        return Decision(move=Move.FORWARD, rule="asked", reason="asked to go to all", row=case.run.plan.promoted)
    return _next(case, "asked", "asked to go on") if case.run.promote == "stage" else None


def blind(case: Case) -> Decision | None:
    """A broken source is never a broken release: wait, then hold."""
    if case.marked_for("blind") < 0 or not case.run.stage.stay.needs_evidence:
        return None
    if case.marked_for("blind") >= case.run.plan.guard.blind_patience:
        return holding(case, "blind", case.verdict.sentence)
    return staying("blind-wait", case.verdict.sentence)


def stayed(case: Case) -> Decision | None:
    """Leave once the stay is over and what must be known is known."""
    stay, stayed_for = case.run.stage.stay, case.now - (case.run.stayed_from or case.now)
    if case.ended_jobs < stay.jobs:
        return _until_jobs_end(case)
    if _is_proven(case) and stayed_for >= stay.minimum:
        return _next(case, "proven", case.verdict.sentence)
    if stayed_for < max(stay.minimum, stay.bake):
        return staying("bake", f"{max(stay.minimum, stay.bake) - stayed_for:.0f} s of this stage are left")
    if stay.asks:
        return holding(case, "approval", stay.asks)
    if stay.then != "promote":
        return _over(case, stay.then)
    if not stay.needs_evidence:
        return _next(case, "stayed", "")
    if case.verdict.kind in (Kind.HEALTHY, Kind.HARMFUL) and not case.verdict.doubt:
        return _next(case, case.verdict.severity or case.verdict.kind, case.verdict.sentence)
    return _without_evidence(case)


def _over(case: Case, then: str) -> Decision:
    """The stage was for finding something out, and a person, or the plan, says what follows."""
    name = case.run.stage.name
    if then == "back":
        return going_back(case, first_row(case), "over", f"{name} is over, and the release says to end it there")
    return holding(case, "decision", f"{name} is over; a person decides which version stays")


def _until_jobs_end(case: Case) -> Decision:
    """Jobs that end without a word about the version could go on for ever: a person decides."""
    if case.void_jobs >= VOID_JOBS_MAX:
        return holding(case, "no-jobs", f"{case.void_jobs} jobs of this stage were stopped, interrupted or missed")
    return staying("jobs", f"{case.ended_jobs} of {case.run.stage.stay.jobs} jobs of this stage have ended")


def _is_proven(case: Case) -> bool:
    """Whether the stage may be left before its stay is over."""
    wanted = case.run.stage.stay.needs_evidence and case.run.plan.guard.promote == "when-proven"
    return wanted and case.verdict.kind == Kind.HEALTHY and case.verdict.is_proven


def _without_evidence(case: Case) -> Decision:
    guard = case.run.plan.guard
    sentence = case.verdict.doubt or case.verdict.sentence or "there was not enough evidence"
    match guard.no_data:
        case "go":
            return _next(case, "no-evidence-go", sentence)
        case "rollback":
            return going_back(case, case.run.stage.back, "no-evidence", sentence)
        case "ask":
            return holding(case, "no-evidence-ask", sentence)
        case "grow" if (repeat := _repeat(case)) is not None:
            return Decision(move=Move.FORWARD, rule="grow", reason=sentence, row=repeat)
        case "extend" | "grow" if case.run.extensions < guard.extensions_max:
            return Decision(move=Move.EXTEND, rule="extend", reason=sentence)
        case _:
            return holding(case, "no-evidence", sentence)


def _repeat(case: Case) -> int | None:
    """The row that repeats this one with more users, where the plan has one."""
    following = case.run.row + 1
    stages = case.run.plan.stages
    return following if following < len(stages) and stages[following].is_repeat else None


def _next(case: Case, rule: str, reason: str) -> Decision:
    stages, following = case.run.plan.stages, case.run.row + 1
    while following < len(stages) and stages[following].is_repeat:
        following += 1
    if following == len(stages):
        return Decision(move=Move.END, rule="finished", reason=reason, outcome="finished")
    return Decision(move=Move.FORWARD, rule=rule, reason=reason, row=following)


def _is_late(case: Case) -> bool:
    return case.now - case.run.entered_at - case.run.waited >= case.run.stage.stay.deadline


BACKWARDS: tuple[Rule, ...] = (back_further, rolled_back, back_at_stage, back_late)
FORWARDS: tuple[Rule, ...] = (
    asked_back,
    critical,
    high,
    drift,
    medium,
    prepare_failed,
    warm_up_failed,
    gate_refused,
    hook_failed,
    blocked,
    holds.rule,
    paused,
    stable_broken,
    hooks_before,
    backfilling.rule,
    late,
    unsettled,
    unseen,
    gates_open,
    contracting.rule,
    promoted,
    blind,
    stayed,
)
