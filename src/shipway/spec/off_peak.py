"""`off_peak`: hours of the week, or whoever is called to say that it is time."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from shipway.model.hours import hours_of
from shipway.spec import units
from shipway.spec.hooks import CALL, Call, Calls, one_call
from shipway.spec.problems import Wrong

HOURS = "hours"


def _called(written: object) -> object:
    if not isinstance(written, Mapping) or HOURS not in written:
        return written
    if len(written) > 1:
        raise Wrong(
            f"has {', '.join(sorted(str(key) for key in written))}",
            why="Hours wait until they begin; nothing else goes with them.",
            fix="Write `{hours: 22:00-06:00 Europe/Berlin}` alone.",
        )
    text = " ".join(units.text_of(written[HOURS]).split())
    try:
        hours_of(text)
    except ValueError as error:
        raise Wrong(
            f"{units.quoted(text)} are no hours",
            why=f"Here {error}.",
            fix="Write a begin and an end, a time zone, days: `22:00-06:00 Europe/Berlin mon-fri`.",
            at=(HOURS,),
        ) from None
    return (Call(HOURS, text),)


OffPeak = Annotated[Calls, BeforeValidator(_called), one_call, WithJsonSchema(CALL)]
