"""`guard.metrics`: what is watched beside requests, under names of the user's own."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, WithJsonSchema, model_validator

from shipway.spec.fields import Amount, Margin, Section, Switch, Text
from shipway.spec.nearest import nearest
from shipway.spec.problems import NoSuchName, Wrong
from shipway.spec.units import quoted

NAME = r"^[a-z][a-z0-9_-]{0,62}$"
PLACEHOLDERS = ("version", "revision", "service")


def _query(text: str) -> str:
    """Names one version, and has no slip in how it does."""
    for word in re.findall(r"\{([a-z_]{2,16})\}", text):
        meant = None if word in PLACEHOLDERS else nearest(word, PLACEHOLDERS, likeness=0.75)
        if meant:
            raise NoSuchName(
                f"`{{{word}}}` is filled in by nobody",
                why="Known here: {revision}, {service}, {version}.",
                fix=f"Did you mean {{{meant}}}?",
            )
    if "{version}" in text or "{revision}" in text:
        return text
    raise Wrong(
        "the query is the same for every version",
        why="Two versions are compared: the query has to say which one it asks about.",
        fix='Put {version} or {revision} where it tells them apart, such as `{version="{version}"}`.',
    )


def _name(name: str) -> str:
    if re.fullmatch(NAME, name, re.ASCII):
        return name
    raise Wrong(
        f"{quoted(name)} cannot name a metric",
        why="Names have small letters, digits, underscores and hyphens, and begin with a letter.",
        fix="Write a name such as payments_declined.",
    )


def per_side(query: str) -> str:
    """A query of one flag that tells its users apart. Raises `Wrong` otherwise."""
    missing = next((one for one in ("{flag}", "{shown}") if one not in query), None)
    if missing is None:
        return query
    raise Wrong(
        f"the query has no {missing}",
        why="It is asked for one flag, of the requests that were shown it and of those that were not.",
        fix='Select by labels: requests_total{flag="{flag}",shown="{shown}"}.',
    )


Query = Annotated[Text, AfterValidator(_query)]
FlagQuery = Annotated[Text, AfterValidator(per_side)]
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME})]


class OfFlags(Section):
    """The same metric of users with and without a flag."""

    query: FlagQuery
    of: FlagQuery | None = None


class Measured(Section):
    """One metric: where its value comes from, and when it is harm."""

    query: Query | None = None
    of: Query | None = None
    flags: OfFlags | None = None
    resource: Literal["cpu", "memory", "restarts", "error-lines", "queue-age"] | None = None
    gauge: Switch = False
    worse_by: Margin | None = None
    at_most: Amount | None = None
    at_least: Amount | None = None
    severity: Literal["critical", "high", "medium", "low"] = "high"
    critical: Literal["any"] | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.query is None) == (self.resource is None):
            raise Wrong(
                "needs a query or a resource",
                why="A value comes from exactly one of the two.",
                fix="Write `query:`, or `resource:` with cpu, memory, restarts, error-lines or queue-age.",
            )
        extra = "of" if self.of else "gauge" if self.gauge else "flags" if self.flags else ""
        if self.resource and extra:
            raise Wrong(
                f"{extra} stands beside a resource",
                why=f"What {self.resource} is and what it is a part of are known already.",
                fix=f"Remove `{extra}`.",
                at=(extra,),
            )
        return self

    @model_validator(mode="after")
    def _is_the_same_part(self) -> Self:
        if self.flags is None or (self.flags.of is None) == (self.of is None):
            return self
        raise Wrong(
            "`of` stands in one of two places",
            why="Of users with a flag the value has to be a part of the same thing as of versions.",
            fix="Write `of` beside both queries, or beside none.",
            at=("flags",),
        )

    @model_validator(mode="after")
    def _says_what_is_harm(self) -> Self:
        tests = [name for name in ("worse_by", "at_most", "at_least") if getattr(self, name) is not None]
        if self.critical and tests:
            raise Wrong(
                f"{tests[0]} has nothing left to say",
                why="With `critical: any` the first event is critical, whatever its size.",
                fix=f"Remove `{tests[0]}`, or `critical`.",
                at=(tests[0],),
            )
        if self.critical and (self.gauge or self.resource in ("cpu", "memory", "queue-age")):
            raise Wrong(
                "a level has no events",
                why="`critical: any` counts what happens; a level is always there.",
                fix="Bound it: `at_most: …` and `severity: critical`.",
                at=("critical",),
            )
        if not (self.critical or tests):
            raise Wrong(
                "is never harm",
                why="Nothing says how much would be too much.",
                fix="Add `worse_by: 20%`, a bound (`at_most`, `at_least`), or `critical: any`.",
            )
        return self


Metrics = dict[Name, Measured]
