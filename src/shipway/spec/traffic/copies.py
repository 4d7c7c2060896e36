"""Copies of users' requests for a version that has no users yet."""

from typing import Literal, Self

from pydantic import model_validator

from shipway.spec.fields import DurationPositive, Section, ShareField
from shipway.spec.problems import Wrong

MIRROR_SECONDS = 900.0


class Copied(Section):
    """The options of a data plane that can copy requests."""

    mirror: ShareField | None = None
    mirror_for: DurationPositive = MIRROR_SECONDS
    mirror_methods: Literal["safe", "all"] = "safe"

    @model_validator(mode="after")
    def _copies_something(self) -> Self:
        if self.mirror == 0:
            raise Wrong(
                "0% copies nothing",
                why="It is the part of users' requests that the new version gets a copy of.",
                fix="Write a share such as 10%, or remove `mirror`.",
                at=("mirror",),
            )
        usual = {"mirror_for": MIRROR_SECONDS, "mirror_methods": "safe"}
        said = [key for key, value in usual.items() if getattr(self, key) != value]
        if said and self.mirror is None:
            raise Wrong(
                f"{said[0]} without mirror",
                why="It says how requests are copied, and none are.",
                fix="Add a share such as `mirror: 10%`, or remove it.",
                at=(said[0],),
            )
        return self
