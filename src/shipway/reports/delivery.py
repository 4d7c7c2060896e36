"""How well a service is delivered, from its ended runs: DORA's figures, what bad versions cost users, and money.

Definitions are those of DORA's guide "DORA's software delivery metrics" (dora.dev/guides/dora-metrics, 2024): each
figure's docstring says what stands for its words here.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from shipway.model.past import Past
from shipway.model.recording import Total
from shipway.model.share import TOTAL

MINUTE, HOUR, DAY, WEEK = 60.0, 3600.0, 86_400.0, 604_800.0
RETURNS = "back"
"""The strategy of a run that brings a former revision back: it ships no change."""
ASKED = "asked"


class Spread(Struct, frozen=True, kw_only=True):
    """Seconds, as a few numbers."""

    count: int
    median: float
    p90: float
    """Nine of ten are at most this."""
    longest: float


class Deployment(Struct, frozen=True, kw_only=True):
    """One change that users met."""

    run: int
    version: str
    began_at: float
    reached_at: float | None
    """When all users, or all jobs, were on it; none: it never came that far."""
    failed: bool
    restored_in: float | None = None
    """Of a failed one: seconds from the first bad response, or else the verdict, until no user was on it."""
    leads: tuple[float, ...] = ()
    """Seconds from each of its commits until it had all users."""


class Exposure(Struct, frozen=True, kw_only=True):
    """What of bad versions reached users."""

    requests: int = 0
    errors: int = 0
    uncounted: int = 0
    """Bad versions whose requests are not known: their recording is gone, or there never was one."""
    full_minutes: float = 0.0
    """Of those: minutes that all users together would have been on it; half the users for two minutes are one."""


class Delivery(Struct, frozen=True, kw_only=True):
    """The figures of one service over one period."""

    service: str
    since_at: float
    until_at: float
    is_cut: bool
    """Whether the journal does not reach back as far as was asked."""
    deployments: tuple[Deployment, ...]
    exposure: Exposure
    extra_replica_hours: float
    price: float | None

    @property
    def shipped(self) -> tuple[Deployment, ...]:
        """Those that came to all users."""
        return tuple(one for one in self.deployments if one.reached_at is not None)

    @property
    def failed(self) -> tuple[Deployment, ...]:
        """Those that were taken back, by the guard or by a person, at once or later."""
        return tuple(one for one in self.deployments if one.failed)

    @property
    def per_week(self) -> float | None:
        """**Deployment frequency**: "the number of deployments over a given period". Counted is what came to all
        users. None for a period below a week: it would be a guess."""
        seconds = self.until_at - self.since_at
        return len(self.shipped) * WEEK / seconds if seconds >= WEEK else None

    @property
    def lead_time(self) -> Spread | None:
        """**Change lead time**: "the time it takes for a change to go from committed to version control to
        deployed in production". Each commit counts once; deployed is when all users have it."""
        return spread([lead for one in self.shipped for lead in one.leads])

    @property
    def change_fail_rate(self) -> float | None:
        """**Change fail rate**: "the ratio of deployments that require immediate intervention following a
        deployment". Of all that users met, those that were taken back; an experiment that somebody decided is
        none."""
        return len(self.failed) / len(self.deployments) if self.deployments else None

    @property
    def restore_time(self) -> Spread | None:
        """**Failed deployment recovery time**, before 2023 *time to restore*: "the time it takes to recover from a
        deployment that fails and requires immediate intervention"."""
        return spread([one.restored_in for one in self.failed if one.restored_in is not None])

    @property
    def unknown(self) -> tuple[str, ...]:
        """Versions that came to all users and whose commits nobody knows."""
        return tuple(one.version for one in self.shipped if not one.leads)


class Known(Struct, frozen=True, kw_only=True):
    """What others than the journal know of runs, by their number."""

    commits: Mapping[int, tuple[float, ...]] = {}
    """When each commit was made that the run brought, in epoch seconds."""
    counts: Mapping[int, Total] = {}
    """What the candidate was sent."""


def delivery(
    service: str, past: Sequence[Past], known: Known, *, period: tuple[float, float], is_full: bool = False
) -> Delivery:
    """Of the runs that began in a period; `past` is everything that is remembered, the oldest first.

    `is_full` says that older runs were forgotten. A period never begins before what is remembered.
    """
    asked, until = period
    oldest = past[0].started_at if past else until
    since = max(asked, oldest)
    runs = [run for run in past if since <= run.started_at <= until]
    found = tuple(_deployment(run, past, known) for run in runs if _is_met(run))
    prices = [run.price for run in runs if run.price is not None]
    return Delivery(
        service=service,
        since_at=since,
        until_at=until,
        is_cut=is_full and asked < oldest,
        deployments=found,
        exposure=_exposure([run for run in runs if _is_met(run) and _is_failed(run, past)], known),
        extra_replica_hours=sum(run.extra_replica_hours for run in runs),
        price=sum(prices) if prices else None,
    )


def reached_at(run: Past) -> float | None:
    """When all users were on the candidate. Of workers and jobs only the end is known."""
    full = next((stage.at for stage in run.met if stage.share == TOTAL), None)
    if full is not None:
        return run.started_at + full
    return run.ended_at if run.outcome == "finished" else None


def spread(seconds: Sequence[float]) -> Spread | None:
    """None of nothing. The part of nine tenths is by nearest rank."""
    if not seconds:
        return None
    ranked = sorted(seconds)
    p90 = ranked[math.ceil(0.9 * len(ranked)) - 1]
    return Spread(count=len(ranked), median=median(ranked), p90=p90, longest=ranked[-1])


def _is_met(run: Past) -> bool:
    """A change that users met: no ramp of a flag alone, no return, no experiment that a person ended."""
    is_change = run.base != run.candidate and run.strategy != RETURNS
    return is_change and not _is_decided(run) and bool(run.met or run.outcome == "finished")


def _is_decided(run: Past) -> bool:
    return run.strategy == "experiment" and run.turned_at is not None and run.back_rule == ASKED


def _is_failed(run: Past, past: Sequence[Past]) -> bool:
    return run.turned_at is not None or _return_of(run, past) is not None


def _return_of(run: Past, past: Sequence[Past]) -> Past | None:
    """The run by which somebody left its version, once it was live."""
    later = [one for one in past if one.started_at > run.started_at and one.candidate != one.base]
    return next((one for one in later[:1] if one.strategy == RETURNS and one.base == run.candidate), None)


def _deployment(run: Past, past: Sequence[Past], known: Known) -> Deployment:
    reached = reached_at(run)
    commits = known.commits.get(run.id, ()) if reached is not None else ()
    return Deployment(
        run=run.id,
        version=run.candidate.rpartition("-")[0] or run.candidate,
        began_at=run.started_at,
        reached_at=reached,
        failed=_is_failed(run, past),
        restored_in=_restored(run, past),
        leads=tuple(max(0.0, reached - commit) for commit in commits) if reached is not None else (),
    )


def _restored(run: Past, past: Sequence[Past]) -> float | None:
    """Where a person came back later, nobody knows the first bad response: from when it was asked."""
    if run.turned_at is not None:
        began = run.turned_at if run.first_bad_at is None else min(run.first_bad_at, run.turned_at)
        return (run.ended_at if run.recovered_at is None else run.recovered_at) - began
    back = _return_of(run, past)
    reached = reached_at(back) if back else None
    return reached - back.started_at if back and reached is not None else None


def _exposure(failed: Sequence[Past], known: Known) -> Exposure:
    counts = [known.counts[run.id] for run in failed if run.id in known.counts]
    rest = [run for run in failed if run.id not in known.counts]
    return Exposure(
        requests=sum(total.requests for total in counts),
        errors=sum(total.errors for total in counts),
        uncounted=len(rest),
        full_minutes=sum(map(full_seconds, rest)) / MINUTE,
    )


def full_seconds(run: Past) -> float:
    """The candidate's share over time, until no user was on it: seconds of all users together."""
    until = max(run.met_until, run.recovered_at or 0.0) - run.started_at
    ends = [*(stage.at for stage in run.met[1:]), until]
    return sum(
        stage.share / TOTAL * max(0.0, end - stage.at) for stage, end in zip(run.met, ends, strict=bool(run.met))
    )
