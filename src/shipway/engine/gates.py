"""Asks the gates of a reached stage."""

from collections.abc import Mapping

from shipway.engine.ports import Ports
from shipway.engine.state import Run
from shipway.model.event import Event, GateAnswered
from shipway.model.revision import Revision, RevisionId


async def ask(ports: Ports, service: str, run: Run, revisions: Mapping[RevisionId, Revision]) -> tuple[Event, ...]:
    """The answers that came now; a gate that is still thinking is asked again at the next tick."""
    answers: list[Event] = []
    for number, need in enumerate(run.stage.gates):
        if f"{run.row}/{number}" in run.gates:
            continue
        gate = ports.gates.get(need.kind)
        if gate is None:
            detail = f"there is no gate `{need.kind}`"
            answers.append(GateAnswered(row=run.row, gate=number, passed=False, detail=detail))
            continue
        answer = await gate.ask(need.target, facts(ports, service, run, revisions), timeout=need.timeout)
        if answer.passed is not None:
            answers.append(GateAnswered(row=run.row, gate=number, passed=answer.passed, detail=answer.detail))
    return tuple(answers)


def facts(ports: Ports, service: str, run: Run, revisions: Mapping[RevisionId, Revision]) -> dict[str, str]:
    """What a gate is told of the run."""
    candidate = run.plan.candidate
    return {
        "service": service,
        "revision": candidate,
        "version": revisions[candidate].version if candidate in revisions else candidate,
        "stage": run.stage.name,
        "run": str(run.id),
        "url": ports.preview or ports.address,
        "live_url": ports.address,
    }
