"""What a deploy of a version would do, without doing it, and whether it keeps its promise of a way back."""

from msgspec import Struct

from shipway.cli.render.words import duration
from shipway.cli.shell import reading
from shipway.cli.shell.encrypting import require_certificate
from shipway.cli.shell.services import Unreadable, seen
from shipway.cli.shell.verifying import require_keys
from shipway.engine.obey import facts
from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.migrating import knowing_the_new_shape
from shipway.model.plan import Plan
from shipway.model.release import Release
from shipway.model.revision import Revision
from shipway.model.service_kind import ServiceKind
from shipway.planning.plan import plan
from shipway.planning.strategies import NAMES
from shipway.planning.take_back import TakeBack, worst
from shipway.spec.load import Loaded
from shipway.wishing import wished


class TakesTooLong(ShipwayError):
    """A take-back would take longer than `rollback.within` allows."""

    code = "take-back-too-long"
    exit_code = Exit.REFUSED


class Planned(Struct, frozen=True, kw_only=True):
    """A plan with what it was made from."""

    plan: Plan
    revision: Revision
    release: Release
    live: Revision | None
    """What serves now, in full."""
    start_seconds: float
    """From the start of a replica to steady."""
    is_measured: bool
    """Whether that was seen here; otherwise it follows from the file's probes."""


def planned(home: Home, loaded: Loaded, version: str, *, strategy: str | None) -> Planned:
    """The plan that a deploy would get now. Raises `ShipwayError` where it cannot be safe."""
    require_certificate(loaded)
    require_keys(loaded)
    revision, release = wished(home, loaded, version, strategy=strategy)
    kept = reading.known(home, release.service)
    state = reading.state(home, release.service)
    revision = kept.get(revision.id) or knowing_the_new_shape(revision, state.schema)
    measured = _measured(home, release.service)
    return Planned(
        plan=plan(release, facts(state, {**kept, revision.id: revision}, release)),
        revision=revision,
        release=release,
        live=kept.get(state.proven) if state.proven and not state.is_down else None,
        start_seconds=_assumed(loaded) if measured is None else measured,
        is_measured=measured is not None,
    )


def _measured(home: Home, service: str) -> float | None:
    """What the newest replica needed; another version's status is as good as none."""
    try:
        view = seen(home, service)
    except Unreadable:
        return None
    return view.steady_after if view else None


def _assumed(loaded: Loaded) -> float:
    delay = loaded.file.health.ready.initial_delay if loaded.file.kind == "http" else 0.0
    return delay + loaded.file.health.steady


def keep_promise(home: Home, loaded: Loaded, made: Planned) -> None:
    """Raises `TakesTooLong` where the worst row could not be taken back in time; names a strategy that can."""
    row, cost = worst(made.plan, start_seconds=made.start_seconds)
    within = made.plan.rollback.within
    if cost.seconds is not None and cost.seconds > within:
        raise _too_long(home, loaded, made, row=row, cost=cost)


def _too_long(home: Home, loaded: Loaded, made: Planned, *, row: int, cost: TakeBack) -> TakesTooLong:
    within, stage = made.plan.rollback.within, made.plan.stages[row].name
    better = _better(home, loaded, made)
    seen_or_assumed = "was seen to need" if made.is_measured else "is assumed to need"
    return TakesTooLong(
        f"Taking {made.revision.version} back from stage {row}, {stage}, would take {duration(cost.seconds or 0)}",
        where=f"{loaded.where('rollback', 'within')}, rollback.within: {duration(within)}",
        why=f"{cost.starts} replicas of the former version must start again for it; one {seen_or_assumed} "
        f"{duration(made.start_seconds)}.",
        fix=f"`--strategy {better}` keeps the former version warm: it is back in a second. Or allow more time."
        if better
        else "Allow more surge (`rolling.surge`), or a longer rollback.within.",
    )


def _better(home: Home, loaded: Loaded, made: Planned) -> str | None:
    """The first strategy that keeps the promise. Of workers none keeps the former version warm."""
    if made.release.kind == ServiceKind.WORKER:
        return None
    for name in NAMES:
        if name in (made.plan.strategy, "back"):
            continue
        other = planned(home, loaded, made.revision.version, strategy=name)
        _, cost = worst(other.plan, start_seconds=made.start_seconds)
        if cost.seconds is not None and cost.seconds <= made.plan.rollback.within:
            return name
    return None
