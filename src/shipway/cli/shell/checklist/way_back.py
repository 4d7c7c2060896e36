"""Whether the way back is planned and rehearsed: the plan's worst row in time, and each fault in the simulator."""

from shipway.adapters.checks.asking import Found
from shipway.cli.render.words import duration
from shipway.cli.shell.checklist.subject import Subject
from shipway.cli.shell.planning import keep_promise
from shipway.model.service_kind import ServiceKind
from shipway.planning.take_back import worst
from shipway.simulation.rehearse import Circumstances, parse, rehearse

FAULTS = ("candidate-errors=50%", "crash-loop")
"""A version that fails for users, and one that does not run: both have to go back by themselves."""
STOPPED = ("rolled-back", "held")


def way_back(subject: Subject) -> Found:
    """Raises `TakesTooLong` where the plan cannot keep its promise."""
    made = subject.made
    if made.plan.base is None:
        return Found(True, "the first version: there is nothing to go back to")
    keep_promise(subject.home, subject.loaded, made)
    _, cost = worst(made.plan, start_seconds=made.start_seconds)
    base = made.live or made.revision
    given = Circumstances(start=max(0.0, made.start_seconds - made.release.steady))
    for text in FAULTS if made.release.kind == ServiceKind.HTTP else FAULTS[1:]:
        played = rehearse(made.release, made.revision, parse(text), base=base, given=given)
        if played.outcome not in STOPPED:
            return Found(False, f"rehearsed with {text}, it would end {played.outcome}")
    within = duration(cost.seconds) if cost.seconds is not None else "no time"
    return Found(True, f"back in {within} at the slowest; rehearsed with {', '.join(FAULTS)}")
