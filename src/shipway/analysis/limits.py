"""Does the candidate break an absolute limit? A bet against "it keeps it", valid however often one looks."""

import math
from collections.abc import Callable

from msgspec import Struct

from shipway.analysis import arms
from shipway.analysis.arms import Arm, Epoch
from shipway.analysis.tally import Tally
from shipway.model.policy import Guard

ODDS = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 200.0)
"""The breaches that are bet on, as multiples of the limit's odds, each with an equal stake."""
SLOW_SHARE = 0.01
"""A p99 limit lets this share of requests be slower."""
ALLOWED_MIN = 1e-5
"""A limit of 100% allows this share of bad answers all the same."""
SOUND = 0.05
"""The stable version is sound if, at the candidate's rate, so few bad answers had at most this probability."""


class Counted(Struct, frozen=True):
    """Bad answers among all."""

    bad: int
    requests: int

    @property
    def share(self) -> float:
        """0 where there are none."""
        return self.bad / self.requests if self.requests else 0.0


Counter = Callable[[Arm], Counted]


class Limit(Struct, frozen=True, kw_only=True):
    """One limit in force."""

    name: str
    """`errors` or `latency`."""
    allowed: float
    """The share of bad answers it allows."""
    seconds: float | None = None
    """For latency: the bucket bound that stands for the wish, the nearest that is not below it."""
    wished_seconds: float | None = None

    @property
    def can_be_seen(self) -> bool:
        """Whether the source has what the limit needs."""
        return self.name == "errors" or self.seconds is not None

    def count(self, arm: Arm) -> Counted:
        """Bad answers of an arm since the run began."""
        return self.since(arms.Arm(layouts=-1), arm)

    def since(self, before: Arm, now: Arm) -> Counted:
        """Bad answers of an arm since an earlier instant; for latency at most since the bounds last changed."""
        if self.name == "errors":
            return Counted(now.errors - before.errors, now.requests - before.requests)
        if self.seconds not in now.bounds_seconds:
            return Counted(0, 0)
        place = now.bounds_seconds.index(self.seconds)
        slow = now.timed - now.buckets[place]
        if before.layouts != now.layouts:
            return Counted(slow, now.timed)
        return Counted(slow - (before.timed - before.buckets[place]), now.timed - before.timed)


class Breach(Struct, frozen=True, kw_only=True):
    """A limit, proven broken by the candidate since an instant."""

    limit: Limit
    since: float
    candidate: Counted
    stable: Counted
    is_stable_sound: bool | None
    """Whether the stable version keeps the limit in the same time; none: too few of its answers to tell."""


def limits_of(guard: Guard, tally: Tally) -> tuple[Limit, ...]:
    """The limits of a guard, as far as they limit anything."""
    found = []
    if guard.success_rate_min is not None and guard.success_rate_min > 0.0:
        found.append(Limit(name="errors", allowed=max(ALLOWED_MIN, 1.0 - guard.success_rate_min)))
    if guard.latency_p99_max is not None:
        wished = guard.latency_p99_max
        bound = next((bound for bound in tally.candidate.bounds_seconds if bound >= wished), None)
        found.append(Limit(name="latency", allowed=SLOW_SHARE, seconds=bound, wished_seconds=wished))
    return tuple(found)


def breach_of(limit: Limit, tally: Tally, *, alpha: float) -> Breach | None:
    """The breach, if the bets since all kept instants together are won at 1 / alpha (Ville's inequality)."""
    if not limit.can_be_seen:
        return None
    wins = [(_win(limit, epoch, tally.candidate), epoch) for epoch in tally.epochs.all()]
    if not wins or _log_sum([win for win, _ in wins]) < math.log(1.0 / alpha):
        return None
    return _breach(limit, max(wins, key=lambda win: win[0])[1], tally)


def _breach(limit: Limit, epoch: Epoch, tally: Tally) -> Breach:
    candidate = limit.since(epoch.candidate, tally.candidate)
    is_alone = tally.spell is not None and tally.spell.is_alone
    stable = limit.count(tally.stable) if is_alone else limit.since(epoch.stable, tally.stable)
    sound = _keeps(limit, stable) if is_alone else _is_sound(limit, stable, candidate)
    return Breach(limit=limit, since=epoch.at, candidate=candidate, stable=stable, is_stable_sound=sound)


def _keeps(limit: Limit, stable: Counted) -> bool:
    """With no stable traffic, its history speaks for it; without one nothing speaks against it."""
    return stable.share <= limit.allowed


def _is_sound(limit: Limit, stable: Counted, candidate: Counted) -> bool | None:
    from scipy.special import bdtr

    if stable.share > limit.allowed:
        return False
    return True if stable.requests and bdtr(stable.bad, stable.requests, candidate.share) <= SOUND else None


def _win(limit: Limit, epoch: Epoch, arm: Arm) -> float:
    """What the bets since one instant have made of its wealth, in nats."""
    counted = limit.since(epoch.candidate, arm)
    if counted.share <= limit.allowed:
        return -math.inf
    return math.log(epoch.wealth / len(ODDS)) + _log_sum([_bet(odds, limit.allowed, counted) for odds in ODDS])


def _bet(odds: float, allowed: float, counted: Counted) -> float:
    """log likelihood of these odds over that of the limit."""
    grown = 1.0 - allowed + allowed * odds
    return counted.bad * math.log(odds) - counted.requests * math.log(grown)


def _log_sum(values: list[float]) -> float:
    highest = max(values)
    if math.isinf(highest):
        return highest
    return highest + math.log(math.fsum(math.exp(value - highest) for value in values))
