"""What is remembered of a run that has ended."""

from shipway.engine import spending
from shipway.engine.state import Run
from shipway.model.event import RunEnded
from shipway.model.past import Past
from shipway.planning.price import HOUR, price_for


def past_of(run: Run, happened: RunEnded, *, at: float) -> Past:
    """The run, with the times that matter."""
    return Past(
        id=run.id,
        strategy=run.plan.strategy,
        base=run.plan.base,
        candidate=run.plan.candidate,
        kind=run.plan.limits.kind,
        by=run.by,
        outcome=happened.outcome,
        reason=happened.reason,
        started_at=run.started_at,
        ended_at=at,
        first_bad_at=run.back.first_bad_at if run.back else None,
        turned_at=run.back.at if run.back else None,
        recovered_at=run.recovered_at,
        back_rule=run.back.rule if run.back else "",
        extra_replica_hours=spending.spent(run, at=at) / HOUR,
        price=price_for(run.plan, spending.spent(run, at=at)),
        met=run.met,
        met_until=run.met_until or at,
    )
