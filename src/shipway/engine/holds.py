"""What ends a hold."""

from shipway.engine import backfilling
from shipway.engine.case import Case, Decision, Move, staying
from shipway.engine.reached import is_reached
from shipway.model.verdict import Kind


def rule(case: Case) -> Decision | None:
    """A hold ends when its cause is over or somebody says so."""
    hold = case.run.hold
    if hold is None:
        return None
    if case.run.go_on or _is_over(case, hold.rule):
        return Decision(move=Move.RELEASE, rule="released", reason=f"no longer held for {hold.rule}")
    return staying(hold.rule, hold.reason)


def _is_over(case: Case, name: str) -> bool:
    """Whether what a hold waits for has happened by itself."""
    match name:
        case "drift":
            return not case.run.drift
        case "blocked":
            return not case.run.blocked
        case "unseen":
            return case.world.is_seen
        case "blind":
            return case.marked_for("blind") < 0
        case "late-stable-broken" | "late-no-way-back":
            return is_reached(case.run.plan, case.run.row, case.world)
        case backfilling.WAITS_LONG:
            return backfilling.paused(case.world) is None
        case "no-evidence":
            return case.verdict.kind == Kind.HEALTHY
        case "paused-long":
            return case.run.paused_at is None
        case _ if name.endswith("-stable-broken"):
            return not case.is_stable_broken
        case _:
            return False
