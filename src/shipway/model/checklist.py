"""What was looked at before a release, and who answers for it. Times are epoch seconds."""

from enum import StrEnum

from msgspec import Struct

from shipway.model.revision import RevisionId


class State(StrEnum):
    """How an item stands."""

    DONE = "done"
    """It was checked, and is so."""
    CONFIRMED = "confirmed"
    """A person says so."""
    WAIVED = "waived"
    """It is not so, and a person ships all the same."""
    OPEN = "open"
    """It cannot be checked here, and nobody said so."""
    FAILED = "failed"


class Item(Struct, frozen=True, kw_only=True):
    """One of the ten."""

    name: str
    state: State
    said: str
    """What was found, or what nobody can see from here."""
    note: str = ""
    """Of whoever confirmed or waived it, with who that was."""


class Checklist(Struct, frozen=True, kw_only=True):
    """The list of one revision. It is signed when every item is settled."""

    revision: RevisionId
    items: tuple[Item, ...]
    by: str
    at: float
