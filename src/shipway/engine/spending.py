"""Adds up what a run has cost in extra replicas, from its stages and their times alone."""

from msgspec.structs import replace

from shipway.engine.state import Run
from shipway.planning.price import extra_replicas


def begun(run: Run, *, at: float) -> Run:
    """From here on, what its first row needs."""
    return replace(run, extra_now=extra_replicas(run.plan, run.row), extra_from=at)


def moving(run: Run, before: Run, *, at: float) -> Run:
    """Another row is being reached: what is left may run on beside what is taken."""
    added = _until(before, at)
    return replace(
        run, extra=added, extra_from=at, extra_now=max(before.extra_now, extra_replicas(run.plan, run.row))
    )


def reached(run: Run, *, at: float) -> Run:
    """The row is there: what it says is what runs."""
    return replace(run, extra=_until(run, at), extra_from=at, extra_now=extra_replicas(run.plan, run.row))


def spent(run: Run, *, at: float) -> float:
    """Extra replica-seconds of the run until now."""
    return _until(run, at)


def _until(run: Run, at: float) -> float:
    return run.extra + max(0.0, at - run.extra_from) * run.extra_now
