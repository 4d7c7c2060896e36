"""What can be pressed now: the commands that fit, the likeliest first, with what each does."""

from shipway.cli.render.standing import Standing, standing
from shipway.cli.render.words import version_of
from shipway.model.view import RunView, View

Press = tuple[str, str]
"""A command, and what it does."""

ABORT = ("shipway abort", "take the release back now")
WHY = ("shipway why", "the evidence, with its numbers")


def pressing(view: View) -> list[Press]:
    """At most three."""
    run = view.run
    if run is None:
        return _resting(view)
    match standing(view):
        case Standing.HELD:
            return _held(run)
        case Standing.BACK:
            candidate = version_of(run.plan.candidate)
            return [WHY, (f"shipway logs --revision {candidate}", "what the version printed")]
        case Standing.PAUSED:
            return [("shipway resume", "go on"), ABORT]
        case Standing.PROMOTED if run.rule == "contract-waits":
            return [("shipway rollback", "return to the former version"), WHY]
        case Standing.PROMOTED:
            return [
                ("shipway rollback", "return to the former version"),
                ("shipway promote", "end the window now"),
            ]
        case _:
            return _releasing(run)


def _releasing(run: RunView) -> list[Press]:
    if run.settled_at is None:
        return [ABORT, WHY]
    if run.rule == "gates":
        return [WHY, ABORT]
    report = ("shipway report", "both versions, side by side")
    stay = report if run.plan.strategy == "experiment" else ("shipway pause", "stay in this stage")
    return [("shipway promote", "go to the next stage now"), stay, ABORT]


def _held(run: RunView) -> list[Press]:
    if run.hold_rule == "drift":
        return [("shipway accept", "overwrite what other hands changed, and go on"), ABORT, WHY]
    if run.hold_rule == "no-evidence":
        on = ("shipway promote", "go on all the same")
        return [on, ("shipway resume", "stay once more, for more evidence"), ABORT]
    if run.hold_rule == "decision":
        new, former = version_of(run.plan.candidate), version_of(run.plan.base or "")
        keep = ("shipway promote", f"ship {new} to everybody")
        return [("shipway report", "both versions, side by side"), keep, ("shipway abort", f"keep {former}")]
    if run.hold_rule == "approval":
        return [("shipway promote", "agree, and begin"), ("shipway abort", "do not ship it"), WHY]
    if run.hold_rule == "back-late":
        return [WHY, ("shipway status", "what is still missing")]
    if run.hold_rule == "contract-asks":
        return [("shipway promote", "drop the old shape; nothing brings it back"), WHY, ABORT]
    if run.hold_rule == "back-at-stage":
        return [ABORT, ("shipway promote", "go on from here"), WHY]
    return [ABORT, ("shipway resume", "try on"), WHY]


def _resting(view: View) -> list[Press]:
    if view.is_down or view.proven is None:
        return [("shipway deploy VERSION", "ship a version")]
    deploy = ("shipway deploy VERSION", "ship another version")
    if view.jobs is not None:
        return [deploy, ("shipway jobs", "all jobs that are remembered"), ("shipway run", "start a job now")]
    return [deploy, ("shipway rollback", "return to the former version")] if view.former else [deploy]
