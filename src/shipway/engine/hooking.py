"""Calls the hooks of a run, and learns their answers. What is called was journalled before.

A hook is asked like a gate. It runs in the controller that began it; a successor cannot see it any more, so it
journals the call anew and makes it again, under the same idempotency key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shipway.engine import gates, hooks
from shipway.engine.draft import Draft
from shipway.engine.ports import Ports
from shipway.engine.state import Run
from shipway.model.event import Event, HookAnswered, HookCalled
from shipway.model.hook import Hook
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import NONE, TOTAL
from shipway.ports.gate import Answer

MARGIN_SECONDS = 10.0
"""An adapter that has not said no this long after a hook's time is not waited for."""
Place = tuple[int, int, int]
"""Run, row and number."""


@dataclass
class Asking:
    """One call."""

    hook: Hook
    facts: Mapping[str, str]
    answer: Answer | None = None
    """Where it came at once."""


@dataclass
class Running:
    """The hooks that this controller has called and that have not answered."""

    asked: dict[Place, "Asking"] = field(default_factory=dict)

    def is_called(self, run: Run, row: int, number: int) -> bool:
        """Whether this controller did."""
        return (run.id, row, number) in self.asked


async def answered(running: Running, ports: Ports, run: Run, *, now: float) -> tuple[Event, ...]:
    """The answers that came now."""
    found: list[Event] = []
    for place in [place for place in running.asked if place[0] == run.id]:
        _, row, number = place
        asking = running.asked[place]
        hook, answer = asking.hook, asking.answer or await _ask(ports, asking)
        began = run.hooks.get(hooks.key(row, number))
        if answer.passed is None and began is not None and now - began.at > hook.timeout + MARGIN_SECONDS:
            answer = Answer(passed=False, detail=f"{hook.target} gave no answer in {hook.timeout:.0f} s")
        if answer.passed is not None:
            del running.asked[place]
            found.append(HookAnswered(row=row, number=number, passed=answer.passed, detail=answer.detail))
    return tuple(found)


def called(running: Running, draft: Draft, before: Run, rule: str) -> tuple[Event, ...]:
    """What is to be called now, and what ended because its stage did, as the journal says it."""
    run = draft.state.run
    left = run is None or (run.row, run.back is None) != (before.row, before.back is None)
    ended = [
        HookAnswered(row=row, number=number, passed=True, detail="it was ended with its stage")
        for id, row, number in running.asked
        if id == before.id and left and row == before.row and hooks.ends_with_stage(before, row, number)
    ]
    if run is None:
        return tuple(ended)
    fresh = [place for place in hooks.due(run, rule) if not running.is_called(run, *place)]
    return (*ended, *(HookCalled(row=row, number=number) for row, number in fresh))


async def call(running: Running, ports: Ports, run: Run, facts: Mapping[str, str], event: HookCalled) -> None:
    """Begin what was journalled; nothing is waited for."""
    hook = run.plan.hooks.calls[event.number]
    told = {**facts, "hook": hook.moment, "key": f"{facts['service']}/{run.id}/{event.row}/{event.number}"}
    asking = Asking(hook, told)
    running.asked[(run.id, event.row, event.number)] = asking
    answer = await _ask(ports, asking)
    asking.answer = answer if answer.passed is not None else None


async def end_left(running: Running, ports: Ports, run: Run | None) -> None:
    """End what belongs to a stage that was left; what answers a take-back goes on."""
    for place in list(running.asked):
        id, row, _ = place
        if run is None or id != run.id or row not in (run.row, hooks.BACK):
            asking = running.asked.pop(place)
            end = getattr(ports.gates.get(asking.hook.kind), "end", None)
            if end is not None:
                await end(asking.hook.target, asking.facts)


async def _ask(ports: Ports, asking: Asking) -> Answer:
    hook = asking.hook
    gate = ports.gates.get(hook.kind)
    if gate is None:
        return Answer(passed=False, detail=f"there is nothing that calls `{hook.kind}`")
    return await gate.ask(hook.target, asking.facts, timeout=hook.timeout)


def facts(ports: Ports, service: str, run: Run, revisions: Mapping[RevisionId, Revision]) -> dict[str, str]:
    """What a hook is told of the run: what a gate is told, and where the release stands."""
    share = run.stage.route.shares.get(run.plan.candidate, NONE)
    return {
        **gates.facts(ports, service, run, revisions),
        "candidate": run.plan.candidate,
        "stable": run.plan.base or "",
        "share": f"{100 * share / TOTAL:g}",
        "row": str(run.row),
        "reason": run.back.reason if run.back else "",
    }
