"""The section `schema`: changes of a database that move with a version."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from shipway.spec.fields import DurationPositive, Section, Text
from shipway.spec.metrics.words import Secret
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

CHANGE = r"^[a-z][a-z0-9_]{0,39}$"
PHASES = ("dual-writing", "backfilled", "switched", "contracted")
"""In their order."""
CHANGES_MAX = 10


def _change(name: str) -> str:
    if re.fullmatch(CHANGE, name, re.ASCII):
        return name
    raise Wrong(
        f"{quoted(name)} cannot name a change",
        why="A change is named by small letters, digits and underscores, at most 40.",
        fix="Write what `change:` in its own file says, such as email_address.",
    )


ChangeName = Annotated[str, AfterValidator(_change), WithJsonSchema({"type": "string", "pattern": CHANGE})]


class Move(Section):
    """One change, and what this version's code has to do with it."""

    file: Text
    needs: Literal["dual-writing", "backfilled", "switched"] = "backfilled"
    stands: Literal["switched", "contracted"] = "contracted"
    until: Literal["dual-writing", "backfilled", "switched"] = "switched"
    contract: Literal["never", "ask"] = "never"
    flag: Text | None = None

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if PHASES.index(self.until) < PHASES.index(self.needs):
            raise Wrong(
                f"until {self.until}, and the code needs {self.needs}",
                why="A schema only goes forward: it is there already when the code starts.",
                fix=f"Write `until: {self.needs}`, or a later phase.",
                at=("until",),
            )
        return self

    @model_validator(mode="after")
    def _ends_what_nobody_needs(self) -> Self:
        if self.contract == "ask" and (self.stands != "contracted" or self.until != "switched"):
            wrong = "stands" if self.stands != "contracted" else "until"
            raise Wrong(
                "the old shape goes under a version that needs it",
                why="`contract: ask` drops it behind a version that is switched, and stands contracted.",
                fix=f"Remove `{wrong}`, or write `contract: never`.",
                at=("contract",),
            )
        return self


class Schema(Section):
    """The database whose schema moves, and the changes."""

    database: Secret
    changes: dict[ChangeName, Move] = Field(default={})
    within: DurationPositive = 86_400.0

    @model_validator(mode="after")
    def _are_not_too_many(self) -> Self:
        if len(self.changes) > CHANGES_MAX:
            raise Wrong(
                f"{len(self.changes)} changes in one release",
                why=f"Each is a step that has to be watched; at most {CHANGES_MAX} move with a version.",
                fix="Release them with several versions, or run some by `shipway schema` before.",
                at=("changes",),
            )
        return self
