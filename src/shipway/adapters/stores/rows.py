"""Values to JSON and back, checked on both ways. Shared by all stores and by the quick look."""

from functools import cache
from typing import TypeVar

import msgspec
from msgspec.json import Decoder, encode

from shipway.adapters.stores.failures import StoreCorrupt
from shipway.model.command import Command, Request
from shipway.model.event import Entry, Event
from shipway.model.revision import Revision
from shipway.ports.leases import Lease
from shipway.ports.revisions import Kept

T = TypeVar("T")


@cache
def _events() -> Decoder[Event]:
    return Decoder(Event)


@cache
def _commands() -> Decoder[Command]:
    return Decoder(Command)


@cache
def _revisions() -> Decoder[Revision]:
    return Decoder(Revision)


def event_text(event: Event) -> str:
    """JSON that is known to be readable again: an entry that nobody can read would end the service's journal."""
    text = encode(event).decode()
    _events().decode(text)
    return text


def command_text(command: Command) -> str:
    """JSON that is known to be readable again."""
    text = encode(command).decode()
    _commands().decode(text)
    return text


def revision_text(revision: Revision) -> str:
    """JSON that is known to be readable again."""
    text = encode(revision).decode()
    _revisions().decode(text)
    return text


def entry(service: str, position: int, at: float, text: str) -> Entry:
    """Raises `StoreCorrupt`."""
    return Entry(position, at, _decoded(_events(), text, f"entry {position} of {service}"))


def request(id: int, service: str, at: float, by: str, text: str) -> Request:
    """Raises `StoreCorrupt`."""
    command = _decoded(_commands(), text, f"command {id} of {service}")
    return Request(id=id, service=service, at=at, by=by, command=command)


def kept(service: str, number: int, at: float, text: str, release: bytes) -> Kept:
    """Raises `StoreCorrupt`."""
    revision = _decoded(_revisions(), text, f"revision {number} of {service}")
    return Kept(number=number, at=at, revision=revision, release=release)


def lease(service: str, owner: str, token: int, expires_at: float) -> Lease:
    """Columns by position."""
    return Lease(service=service, owner=owner, token=token, expires_at=expires_at)


def _decoded(decoder: Decoder[T], text: str, place: str) -> T:
    try:
        return decoder.decode(text)
    except msgspec.DecodeError as error:
        raise StoreCorrupt.unreadable(place, str(error)) from error
