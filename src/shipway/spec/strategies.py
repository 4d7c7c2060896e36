"""How a release is shipped: the sections `rolling`, `blue-green`, `canary` and `experiment`."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shipway.model.share import NONE, TOTAL, Share, percent
from shipway.spec.fields import (
    Count,
    CountPositive,
    Duration,
    DurationPositive,
    HttpName,
    Section,
    ShareField,
    Switch,
    Text,
    WrittenText,
)
from shipway.spec.problems import Wrong, WrongSharesHere
from shipway.spec.units import share

STRATEGIES = ("rolling", "blue-green", "canary", "experiment")
STAGES_MAX = 100


class Rolling(Section):
    """Replace by batches."""

    surge: Count | None = None
    unavailable: Count = 0
    batches: CountPositive = 4
    pause: Duration = 0.0

    @model_validator(mode="after")
    def _can_move(self) -> Self:
        if self.surge != 0 or self.unavailable:
            return self
        raise Wrong(
            "nothing could ever be replaced",
            why="With surge 0 and unavailable 0 no replica may be added and none taken away.",
            fix="Allow one: `surge: 1` or `unavailable: 1`.",
            at=("surge",),
        )


class BlueGreen(Section):
    """A full second set, then one switch."""

    bake: Duration = 30.0
    split: ShareField | None = None
    split_for: Duration = 0.0

    @model_validator(mode="after")
    def _split_takes_time(self) -> Self:
        if (self.split is None) == (self.split_for == 0):
            return self
        raise Wrong(
            "split and split_for come together",
            why="A comparison needs both a share and a time.",
            fix="Write both, for example `split: 50%` and `split_for: 30m`, or neither.",
            at=("split" if self.split is not None else "split_for",),
        )


def _check_stages(stages: object) -> object:
    """Shares grow to 100%; what is no share at all is said item by item."""
    if not isinstance(stages, list | tuple):
        return stages
    if not 0 < len(stages) <= STAGES_MAX:
        raise WrongSharesHere(
            f"{len(stages)} stages",
            why=f"A canary has 1 to {STAGES_MAX} stages, the last of them 100%.",
            fix="Write [5%, 25%, 50%, 75%, 100%].",
        )
    shares = [_or_none(stage) for stage in stages]
    if None not in shares:
        _check_growth([found for found in shares if found is not None])
    return stages


def _or_none(stage: object) -> Share | None:
    if isinstance(stage, int):
        return Share(stage)
    try:
        return share(stage)
    except Wrong:
        return None


def _check_growth(shares: list[Share]) -> None:
    before = NONE
    for index, found in enumerate(shares):
        if found <= before:
            raise _not_growing(found, before, index)
        before = found
    if before != TOTAL:
        raise WrongSharesHere(
            f"the last stage is {percent(before)}",
            why="A canary ends with all traffic on the new version.",
            fix="Add 100% at the end.",
            at=(len(shares) - 1,),
        )


def _not_growing(found: Share, before: Share, index: int) -> Wrong:
    said = f"{percent(found)} after {percent(before)}" if index else "the first stage is 0%"
    return WrongSharesHere(
        said,
        why="Each stage shows the new version to more users than the one before.",
        fix="Write growing shares, for example [5%, 25%, 50%, 75%, 100%].",
        at=(index,),
    )


class SegmentUsers(Section):
    """The users of a segment of the flags, and what tells of a request whose it is."""

    name: Text
    by: Text = "user_id"
    header: HttpName | None = None
    cookie: HttpName | None = None
    claim: Text | None = None

    @property
    def told_by(self) -> tuple[str, str]:
        """`header`, `cookie` or `claim`, and its name."""
        kinds = (("header", self.header), ("cookie", self.cookie), ("claim", self.claim))
        return next((kind, name) for kind, name in kinds if name is not None)

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if sum(one is not None for one in (self.header, self.cookie, self.claim)) == 1:
            return self
        raise Wrong(
            "needs a header, a cookie or a claim",
            why="One of them tells of a request whose it is.",
            fix="Write {name: staff, header: x-user-id}.",
        )


class Users(Section):
    """Chosen users, by a header, a cookie or a verified token's claim with exactly this value, or of a segment."""

    header: dict[HttpName, WrittenText] = Field(default={})
    cookie: dict[HttpName, WrittenText] = Field(default={})
    claim: dict[Text, WrittenText] = Field(default={})
    segment: SegmentUsers | None = None

    @property
    def are_chosen(self) -> bool:
        """Whether there are any."""
        return bool(self.header or self.cookie or self.claim or self.segment)

    @property
    def need_tokens(self) -> bool:
        """Whether a claim chooses them."""
        return bool(self.claim or (self.segment and self.segment.claim))


class Sticky(Section):
    """What keeps a user on one version."""

    cookie: HttpName | None = None
    header: HttpName | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.cookie is None) != (self.header is None):
            return self
        raise Wrong(
            "needs a cookie or a header",
            why="Users are told apart by exactly one of the two.",
            fix="Write {cookie: shipway}, or {header: x-user-id}.",
        )


class Canary(Section):
    """Shares that grow."""

    stages: Annotated[tuple[ShareField, ...], BeforeValidator(_check_stages)] = tuple(
        Share(part) for part in (5_000, 25_000, 50_000, 75_000, 100_000)
    )
    bake: Duration = 900.0
    users: Users = Users()
    users_first: Switch = False
    sticky: Sticky | None = None
    jobs: CountPositive = 3

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.users_first and not self.users.are_chosen:
            raise Wrong(
                "users_first without users",
                why="The stage for chosen users needs to know who they are.",
                fix='Add `users: {header: {canary: "true"}}`, or remove users_first.',
                at=("users_first",),
            )
        return self


def _split(share: Share) -> Share:
    if NONE < share < TOTAL:
        return share
    raise Wrong(
        f"{percent(share)} compares nothing",
        why="Both versions need users.",
        fix="Write 50%, which tells most in the same time.",
    )


class Experiment(Section):
    """Both versions side by side, each with its own users."""

    split: Annotated[ShareField, AfterValidator(_split)] = Share(50_000)
    lasts: DurationPositive = 7 * 24 * 3600.0
    sticky: Sticky = Sticky(cookie="shipway")
    then: Literal["ask", "promote", "back"] = "ask"
