"""In one word: how a service stands."""

from enum import StrEnum

from shipway.cli.render.paint import Paint
from shipway.model.view import RunView, View

REST_STALE_SECONDS = 45.0
RUN_STALE_SECONDS = 10.0
"""A controller looks at a resting service every 10 s, at a release at least as often as its guard asks."""


class Standing(StrEnum):
    """What people see first."""

    NOTHING = "nothing deployed"
    DOWN = "down"
    LIVE = "live"
    RELEASING = "releasing"
    PROMOTED = "released"
    """All traffic is on the new version; the former one can still take it back."""
    PAUSED = "paused"
    HELD = "held"
    BACK = "going back"


def standing(view: View) -> Standing:
    """The word."""
    if view.run is not None:
        return _in_run(view.run)
    if view.is_down:
        return Standing.DOWN
    return Standing.LIVE if view.proven else Standing.NOTHING


def _in_run(run: RunView) -> Standing:
    if run.hold:
        return Standing.HELD
    if run.going_back:
        return Standing.BACK
    if run.is_paused:
        return Standing.PAUSED
    return Standing.PROMOTED if run.row > run.plan.promoted else Standing.RELEASING


def sign(view: View, paint: Paint) -> str:
    """`✓` when nothing is wrong, `✗` when somebody is needed or hurt, `…` while something moves."""
    match standing(view):
        case Standing.LIVE | Standing.PROMOTED:
            return paint.warn("!") if _is_short(view) else paint.good("✓")
        case Standing.HELD | Standing.BACK:
            return paint.bad("✗")
        case Standing.PAUSED:
            return paint.warn("!")
        case Standing.RELEASING:
            return paint.warn("…")
        case _:
            return paint.faint("·")


def _is_short(view: View) -> bool:
    """Whether fewer replicas answer than should."""
    return any(one.ready < one.wanted for one in view.revisions) or bool(view.unreachable or view.foreign)


def stale_seconds(view: View, *, now: float) -> float | None:
    """How old the picture is, when it is too old to be trusted; none when it is fresh."""
    limit = REST_STALE_SECONDS
    if view.run is not None:
        limit = max(RUN_STALE_SECONDS, 3 * view.run.plan.guard.interval)
    age = now - view.at
    return age if age > limit else None
