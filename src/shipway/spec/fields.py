"""Types of the file's values: pydantic fields that parse with `units`, each with its JSON Schema."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, model_validator

from shipway.model.share import Share
from shipway.spec import units
from shipway.spec.problems import Wrong

COUNT_MAX = 10_000
HTTP_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"
"""A token of RFC 9110 section 5.6.2."""
TEXT = {"type": ["string", "number", "boolean"]}


class Section(BaseModel):
    """A mapping in the file. Unknown keys are errors; a key with nothing after it counts as not written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    SHORT: ClassVar[str] = ""
    """A switch whose name alone may stand for the whole section."""

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: object) -> object:
        if cls.SHORT and given == cls.SHORT:
            return {cls.SHORT: True}
        if isinstance(given, dict):
            return {key: value for key, value in given.items() if value is not None}
        return given


def _http_name(name: str) -> str:
    if re.fullmatch(HTTP_NAME, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name a header or cookie",
        why="Names have letters, digits and -, _ or . and no spaces.",
        fix="Write a name such as x-user-id or shipway.",
    )


def _count(value: object) -> int:
    return units.whole(value, lowest=0, highest=COUNT_MAX)


def _count_positive(value: object) -> int:
    return units.whole(value, lowest=1, highest=COUNT_MAX)


Text = Annotated[str, BeforeValidator(units.text_of), WithJsonSchema({"type": "string", "pattern": r"\S"})]
EnvironmentText = Annotated[str, WithJsonSchema(TEXT)]
"""Taken as it is written: `1.10` stays `1.10`, and "" is a value too."""
WrittenText = Annotated[str, BeforeValidator(units.text_of), WithJsonSchema(TEXT)]
"""Text that may look like a number or a switch: a cookie's value `true`."""
Switch = Annotated[bool, BeforeValidator(units.switch)]
HttpName = Annotated[
    str,
    BeforeValidator(units.text_of),
    AfterValidator(_http_name),
    WithJsonSchema({"type": "string", "pattern": HTTP_NAME}),
]
"""A header's or a cookie's name."""
Count = Annotated[
    int,
    BeforeValidator(_count),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": COUNT_MAX}),
]
CountPositive = Annotated[
    int,
    BeforeValidator(_count_positive),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": COUNT_MAX}),
]
Duration = Annotated[
    float, BeforeValidator(units.seconds), WithJsonSchema({"type": "string", "pattern": units.DURATION})
]
"""Seconds."""
DurationPositive = Annotated[
    float,
    BeforeValidator(units.seconds_positive),
    WithJsonSchema({"type": "string", "pattern": units.DURATION.replace("^", "^(?=.*[1-9])")}),
]
ShareField = Annotated[
    Share, BeforeValidator(units.share), WithJsonSchema({"type": "string", "pattern": units.SHARE_OF_TRAFFIC})
]
Fraction = Annotated[
    float, BeforeValidator(units.fraction), WithJsonSchema({"type": "string", "pattern": units.SHARE})
]
FractionMin = Annotated[
    float, BeforeValidator(units.fraction_min), WithJsonSchema({"type": "string", "pattern": units.AT_LEAST})
]
SecondsMax = Annotated[
    float, BeforeValidator(units.seconds_max), WithJsonSchema({"type": "string", "pattern": units.AT_MOST})
]
Margin = Annotated[
    float, BeforeValidator(units.margin), WithJsonSchema({"type": "string", "pattern": units.MARGIN})
]
"""How much more than another version's, as a fraction."""
Price = Annotated[
    float,
    BeforeValidator(units.price),
    WithJsonSchema({"type": ["string", "number"], "pattern": units.PRICE, "minimum": 0}),
]
Amount = Annotated[
    float,
    BeforeValidator(units.amount),
    WithJsonSchema({"type": ["string", "number"], "pattern": units.AMOUNT, "minimum": 0}),
]
"""A bound on a value: plain, a part, a time or a size."""
