"""What a run has to do with schema changes: whether it moves them, what is behind, what a contract waits for."""

from shipway.engine.case import Case, Decision, holding, staying
from shipway.engine.converge.schema import concerned
from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.model.observed import SchemaState
from shipway.model.phase import Phase
from shipway.model.revision import RevisionId

WAITS, ASKS = "contract-waits", "contract-asks"
"""Rules."""


def moves(run: Run) -> bool:
    """Whether the database is looked at: never while going back."""
    return run.back is None and any(stage.schema for stage in run.plan.stages)


def waiting(run: Run) -> tuple[str, ...]:
    """Changes that the next row contracts, while this one is reached and stayed in."""
    following = run.row + 1
    if run.back is not None or run.settled_at is None or following >= len(run.plan.stages):
        return ()
    wanted, here = run.plan.stages[following].schema, run.stage.schema
    ends = (name for name, phase in wanted.items() if phase == Phase.CONTRACTED)
    return tuple(name for name in ends if here.get(name) != Phase.CONTRACTED)


def rule(case: Case) -> Decision | None:
    """An old shape goes when nothing needs it, and then only on somebody's word: nothing brings it back."""
    changes = waiting(case.run)
    if not changes:
        return None
    if why := needed(case.run, case.world):
        return staying(WAITS, why)
    if case.run.promote == "stage":
        return None
    names = " and ".join(changes)
    return holding(case, ASKS, f"nothing needs the old shape of {names}; dropping it has no way back")


def needed(run: Run, world: World) -> str:
    """Who needs the old shape of what is to be contracted, as words; nothing where nobody does."""
    found = [why for change in waiting(run) for why in _needed(change, world)]
    return "; ".join(found)


def _needed(change: str, world: World) -> tuple[str, ...]:
    """Code first: what declares nothing else runs on the old shape alone. Then what the database knows."""
    code = tuple(
        f"{revision} runs, or may, and needs the old shape of {change}"
        for revision in sorted(concerned(world))
        if not _stands(world, revision, change)
    )
    seen = world.observed.needed_by.get(change)
    unseen = (f"it is not seen yet whether anything needs the old shape of {change}",)
    return (*code, *(unseen if seen is None else seen))


def _stands(world: World, revision: RevisionId, change: str) -> bool:
    supported = world.supports.get(revision, {}).get(change)
    return supported is None or supported.highest >= Phase.CONTRACTED


def _why(change: str, state: SchemaState) -> str:
    wait = state.paused.get(change)
    return f"its backfill is paused, {wait.why}" if wait else state.said.get(change, "")


def behind(world: World) -> str:
    """Which change has not reached its phase, how far it is, and why."""
    if world.is_going_back or not world.wanted.schema:
        return ""
    state = world.observed.schema
    if state is None:
        return "the database was not seen"
    late = [name for name, phase in world.wanted.schema.items() if state.phases.get(name, Phase.ABSENT) < phase]
    said = (f": {_why(name, state)}" if _why(name, state) else "" for name in late)
    phases = (state.phases.get(name, Phase.ABSENT).label for name in late)
    return "; ".join(f"{name} is {phase}{why}" for name, phase, why in zip(late, phases, said, strict=True))
