"""What to verify before going back and after it: eleven items, each with what can be seen of it. Pure."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from shipway.model.verdict import Kind
from shipway.model.view import RevisionView, View


class Seen(Struct, frozen=True, kw_only=True):
    """What a look says; `is_so` is none where only a person can tell."""

    is_so: bool | None
    said: str


class Point(Struct, frozen=True, kw_only=True):
    """An item as people know it."""

    name: str
    words: str
    """What is true when it is done."""
    is_after: bool = False


POINTS: tuple[Point, ...] = (
    Point(name="cause", words="going back will mend it: it is the version, and not what lies below it"),
    Point(name="database", words="the former version can read what migrations have left"),
    Point(name="team", words="the team knows that it goes back"),
    Point(name="ticket", words="an incident ticket is written, with details"),
    Point(name="dashboards", words="dashboards are open, to see that going back helps"),
    Point(name="errors", words="error rates are as they were before", is_after=True),
    Point(name="flows", words="what users do most works", is_after=True),
    Point(name="latency", words="it is as fast as before", is_after=True),
    Point(name="post-mortem", words="a post-mortem has a date", is_after=True),
    Point(name="root-cause", words="somebody looks for the root cause", is_after=True),
    Point(name="prevention", words="it is written down how this is prevented", is_after=True),
)
NOBODY = Seen(is_so=None, said="nobody sees it from here")


def gone_through(view: View) -> tuple[tuple[Point, Seen], ...]:
    """Each item with what the service's last look says of it."""
    return tuple((point, LOOKS[point.name](view) if point.name in LOOKS else NOBODY) for point in POINTS)


def _cause(view: View) -> Seen:
    """Two versions that answer at the same time share what lies below them."""
    verdict = view.run.verdict if view.run else None
    if verdict is None or verdict.kind in (Kind.NOT_ENOUGH, Kind.BLIND):
        return Seen(is_so=None, said="no two versions are compared now, so nobody sees which it is")
    if verdict.kind == Kind.HARMFUL:
        return Seen(is_so=True, said=f"the guard: {verdict.sentence}")
    return Seen(is_so=False, said=f"the guard sees no harm of this version: {verdict.sentence}")


def _database(view: View) -> Seen:
    if view.run is None:
        return Seen(is_so=None, said="no release is under way; `shipway history` tells what earlier ones moved")
    stages = view.run.plan.stages
    if stages[view.run.row].back is None:
        return Seen(is_so=False, said="the former version cannot run on the schema any more: there is no way back")
    if not any(stage.schema for stage in stages):
        return Seen(is_so=True, said="this release moves no schema of Shipway's")
    phases = ", ".join(f"{one.change} is {one.phase or 'not seen'}" for one in view.schema)
    return Seen(is_so=True, said=f"the former version runs on it: {phases or 'nothing has moved yet'}")


def _errors(view: View) -> Seen:
    rates = [f"{one.version} {one.error_rate:.2%}" for one in _asked(view) if one.error_rate is not None]
    return Seen(
        is_so=None, said=f"now: {', '.join(rates)} of requests fail" if rates else "nothing is counted now"
    )


def _latency(view: View) -> Seen:
    times = [f"{one.version} {one.p99 * 1000:,.0f} ms" for one in _asked(view) if one.p99 is not None]
    return Seen(is_so=None, said=f"now: p99 of {', '.join(times)}" if times else "nothing is timed now")


def _asked(view: View) -> tuple[RevisionView, ...]:
    """Those that users reach."""
    return tuple(one for one in view.revisions if one.share_highest)


LOOKS: Mapping[str, Callable[[View], Seen]] = {
    "cause": _cause,
    "database": _database,
    "errors": _errors,
    "latency": _latency,
}
