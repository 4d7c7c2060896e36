"""What people are shown of the schema changes that a run moves."""

from msgspec.structs import replace

from shipway.engine.state import Run
from shipway.model.observed import Observed
from shipway.model.phase import Phase
from shipway.model.view import ChangeView


def schema_view(run: Run, observed: Observed) -> tuple[ChangeView, ...]:
    """One for each change of the plan, in the order of names. While going back the database is not looked at."""
    names = sorted({name for stage in run.plan.stages for name in stage.schema}) if run.back is None else []
    return tuple(_change(name, run, observed) for name in names)


def _change(name: str, run: Run, observed: Observed) -> ChangeView:
    wanted = run.stage.schema.get(name, Phase.ABSENT).label
    state = observed.schema
    if state is None:
        return ChangeView(change=name, phase="", wanted=wanted)
    filling = state.filling.get(name)
    seen = ChangeView(
        change=name,
        phase=state.phases.get(name, Phase.ABSENT).label,
        wanted=wanted,
        said=state.said.get(name, ""),
        waits=state.paused.get(name),
    )
    if filling is None or not filling.total:
        return seen
    speed = filling.walked / filling.seconds if filling.seconds else 0.0
    left = (filling.total - filling.walked) / speed if speed else None
    return replace(seen, filled=min(0.99, filling.walked / filling.total), seconds_left=left)
