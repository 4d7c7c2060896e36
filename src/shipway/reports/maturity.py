"""How mature a service's deployments are: five levels, each claim of which needs evidence that was seen.

The levels are those of a common ladder, from copying files by hand to progressive delivery. A level is reached
when every claim of it and of those below it was seen: in the journal, in kept releases, in a pipeline's steps.
What is only planned, or only mentioned, is no evidence.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

MINUTE = 60.0
STEPS_MAX = 3


class Claim(Struct, frozen=True, kw_only=True):
    """One thing that a level asks for."""

    name: str
    said: str
    """As a sentence that is true once it was seen."""
    step: str
    """What to do where it was not."""
    back_within: float | None = None
    """Of claims about take-backs: the longest that any of them may have taken, seconds."""


class Level(Struct, frozen=True, kw_only=True):
    """A rung of the ladder."""

    number: int
    name: str
    claims: tuple[Claim, ...] = ()


LEVELS: tuple[Level, ...] = (
    Level(number=1, name="Manual deployments"),
    Level(
        number=2,
        name="Scripted deployments",
        claims=(
            Claim(name="script", said="a program deploys", step="`shipway deploy VERSION` ships a first version"),
            Claim(
                name="way-back",
                said="there is a way back",
                step="deploy a second version: from then on the former is kept to go back to",
            ),
        ),
    ),
    Level(
        number=3,
        name="CI/CD with rolling deployments",
        claims=(
            Claim(
                name="pipeline",
                said="a pipeline deploys by itself",
                step="`shipway ci github` (or gitlab, jenkins, argo-workflows) writes one that deploys on merge",
            ),
            Claim(
                name="health",
                said="health checks decide who gets users",
                step="answer `health.ready` and `health.alive` by two paths, and deploy",
            ),
            Claim(
                name="gradual",
                said="versions are replaced step by step",
                step="`strategy: rolling` or `canary`, with more than one replica",
            ),
            Claim(
                name="back-15-minutes",
                said="taken back within 15 minutes",
                step="keep `rollback.within` at 15m or less",
                back_within=15 * MINUTE,
            ),
        ),
    ),
    Level(
        number=4,
        name="Advanced deployment strategies",
        claims=(
            Claim(
                name="side-by-side",
                said="blue-green or canary deployments",
                step="`strategy: canary`, or `blue-green` where few users would prove nothing",
            ),
            Claim(
                name="flags",
                said="feature flags show features gradually",
                step="name a flag in `flags.ramps` with the shares it is to be shown to",
            ),
            Claim(
                name="monitoring",
                said="health is monitored while users arrive",
                step="deploy with two versions under users: the guard compares them and records what it counts",
            ),
            Claim(
                name="back-1-minute",
                said="taken back in less than a minute",
                step="take a version back: ship a bad one on purpose to staging, or find what made it slow",
                back_within=MINUTE,
            ),
        ),
    ),
    Level(
        number=5,
        name="Progressive delivery",
        claims=(
            Claim(
                name="experiments",
                said="canary, feature flags and A/B tests together",
                step="`shipway deploy VERSION --strategy experiment` gives each version users of its own",
            ),
            Claim(
                name="automatic-back",
                said="metrics take versions back by themselves",
                step="let the guard take a bad version back once, on purpose, on staging",
            ),
            Claim(
                name="segments",
                said="traffic is shifted by user segments",
                step="choose users by header, cookie or claim in `canary.users`",
            ),
            Claim(
                name="back-30-seconds",
                said="taken back by itself in less than 30 seconds",
                step="keep the former version warm: canary or blue-green, and a `guard` that looks every second",
                back_within=30.0,
            ),
        ),
    ),
)


class Seen(Struct, frozen=True):
    """What was found about a claim."""

    is_seen: bool
    where: str
    """File and line, or what in the journal; of what was not seen, what is missing."""


class Maturity(Struct, frozen=True, kw_only=True):
    """A service on the ladder."""

    service: str
    level: Level
    seen: Mapping[str, Seen]
    """By claim."""
    next: tuple[Claim, ...]
    """What pays most, at most three: what is missing of the next level, then of those above it."""

    @property
    def percent(self) -> int:
        """Of all claims, those that were seen."""
        return round(100 * sum(one.is_seen for one in self.seen.values()) / len(self.seen))


def claims(levels: Sequence[Level] = LEVELS) -> tuple[Claim, ...]:
    """Every claim, from the lowest level up."""
    return tuple(claim for level in levels for claim in level.claims)


def judged(service: str, seen: Mapping[str, Seen]) -> Maturity:
    """The highest level of which nothing is missing, nor of those below it. `seen` names every claim."""
    reached = LEVELS[0]
    for level in LEVELS[1:]:
        if not all(seen[claim.name].is_seen for claim in level.claims):
            break
        reached = level
    missing = tuple(claim for claim in claims() if not seen[claim.name].is_seen)
    return Maturity(service=service, level=reached, seen=seen, next=missing[:STEPS_MAX])
