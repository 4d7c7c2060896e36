"""From when on users met a run's candidate, and at which shares: what a monitoring system is asked about later."""

from msgspec.structs import replace

from shipway.engine.state import Run
from shipway.model.past_release import PastStage
from shipway.model.share import NONE


def entered(run: Run, *, at: float) -> Run:
    """With the row that it has just entered, if the candidate has users there and the run never turned back."""
    stage = run.stage
    share = stage.route.shares.get(run.plan.candidate, NONE)
    if share == NONE or run.met_until is not None:
        return run
    stay = max(stage.stay.bake, stage.stay.minimum)
    met = PastStage(at=at - run.started_at, name=stage.name, share=share, stay=stay)
    return replace(run, met=(*run.met, met))
