"""Reads an event stream (html.spec.whatwg.org, section 9.2), and what our server's events mean."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from shipway.errors import ShipwayError
from shipway.flags.model import Json
from shipway.flags.state import KINDS, Change, State, state_of

LINE_BYTES_MAX = 64_000_000


class NotOurs(ShipwayError):
    """What comes is no stream of a flag server."""

    code = "flag-server-away"


class Lines(Protocol):
    """What is read line by line."""

    def readline(self, limit: int, /) -> bytes:
        """A line with its end; nothing at the end of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event."""

    kind: str
    id: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a reader knows: the flags, and where in the stream it stands."""

    state: State
    id: str


def events(lines: Lines) -> Iterator[Event | None]:
    """Events until the stream ends; none for a sign of life. Raises `NotOurs` and what reading raises."""
    kind, id, data = "message", "", ""
    while line := lines.readline(LINE_BYTES_MAX):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            if data:
                yield Event(kind=kind, id=id, data=data)
            kind, data = "message", ""
            continue
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                yield None
            case "event":
                kind = value
            case "id":
                id = value
            case "data":
                data = f"{data}\n{value}" if data else value
        if len(data) > LINE_BYTES_MAX:
            raise _not_ours("an event is too large")


def after(known: Known | None, event: Event) -> Known | None:
    """What is known after an event. Raises `NotOurs`, and `InputErrors` where flags cannot be read."""
    try:
        said = json.loads(event.data)
    except ValueError as error:
        raise _not_ours("an event is not JSON") from error
    if event.kind == "state" and isinstance(said, dict):
        return Known(state=state_of({kind: _entries(said, kind) for kind in KINDS}), id=event.id)
    if event.kind == "change" and isinstance(said, dict):
        if known is None:
            raise _not_ours("a change came before what it changes")
        return Known(state=known.state.changed(_changes(said)), id=event.id)
    return known


def _entries(said: Mapping[str, Json], kind: str) -> Json:
    entries = said.get(kind)
    if isinstance(entries, dict):
        return entries
    raise _not_ours(f"the state has no {kind}")


def _changes(said: Mapping[str, Json]) -> list[Change]:
    try:
        made = [Change(kind=one["kind"], name=one["name"], body=one["body"]) for one in said["changes"]]
    except (KeyError, TypeError) as error:
        raise _not_ours("a change is not whole") from error
    if any(one.kind not in KINDS for one in made):
        raise _not_ours("a change is of something unknown")
    return made


def _not_ours(why: str) -> NotOurs:
    return NotOurs(
        "this is not the stream of a flag server",
        why=f"What came: {why}.",
        fix="Check the address; upgrade Shipway here if the server is newer.",
    )
