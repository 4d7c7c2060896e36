"""The section `flags`: what the code of a version can show, and how it is shown to users."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from shipway.model.share import NONE, Share, percent
from shipway.spec.fields import Duration, Section, ShareField, Text
from shipway.spec.problems import Wrong, WrongSharesHere
from shipway.spec.units import quoted, share

FLAG = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
RAMPS_MAX = 10
STEPS_MAX = 100


def _flag(name: str) -> str:
    if re.fullmatch(FLAG, name, re.ASCII):
        return name
    raise Wrong(
        f"{quoted(name)} cannot name a flag",
        why="Names have letters, digits and . _ - and begin with a letter or a digit.",
        fix="Write a name such as new-checkout.",
    )


def _growing(steps: object) -> object:
    """Shares grow; what is no share at all is said item by item."""
    if not isinstance(steps, list | tuple):
        return steps
    if len(steps) > STEPS_MAX:
        raise WrongSharesHere(
            f"{len(steps)} steps", why=f"A ramp has at most {STEPS_MAX}.", fix="Write [5%, 25%, 50%, 100%]."
        )
    before = NONE
    for index, step in enumerate(steps):
        found = _share(step)
        if found is not None and found <= before:
            raise WrongSharesHere(
                f"{percent(found)} after {percent(before)}" if index else "the first step is 0%",
                why="Each step shows the feature to more users than the one before.",
                fix="Write growing shares, for example [5%, 25%, 50%, 100%].",
                at=(index,),
            )
        before = before if found is None else found
    return steps


def _share(step: object) -> Share | None:
    if isinstance(step, int):
        return Share(step)
    try:
        return share(step)
    except Wrong:
        return None


FlagName = Annotated[str, AfterValidator(_flag), WithJsonSchema({"type": "string", "pattern": FLAG})]


class Ramp(Section):
    """One feature. Without steps its code is there, and people show it to whom they like."""

    to: Annotated[tuple[ShareField, ...], BeforeValidator(_growing)] = ()
    bake: Duration = 3600.0


class Server(Section):
    """A flag server."""

    url: Text
    token: Text
    environment: Text | None = None


class Flags(Section):
    """Which flags this version's code has, and who keeps them."""

    file: Text | None = None
    server: Server | None = None
    ramps: dict[FlagName, Ramp] = Field(default={})

    @model_validator(mode="after")
    def _are_kept_by_one(self) -> Self:
        if self.file is None or self.server is None:
            return self
        raise Wrong(
            "a file and a server",
            why="Exactly one of them says who sees a feature.",
            fix="Remove one of the two.",
            at=("file",),
        )

    @model_validator(mode="after")
    def _are_not_too_many(self) -> Self:
        if len(self.ramps) <= RAMPS_MAX:
            return self
        raise Wrong(
            f"{len(self.ramps)} features in one release",
            why=f"They are shown one after the other; at most {RAMPS_MAX} are.",
            fix="Release them in several versions.",
            at=("ramps",),
        )
