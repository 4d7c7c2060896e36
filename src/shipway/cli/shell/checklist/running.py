"""Goes through the ten items, asks for what nobody sees, and keeps what was signed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable

from msgspec.structs import replace

from shipway.adapters import signed
from shipway.adapters.checks.asking import Found
from shipway.app import who
from shipway.cli.shell.checklist import change, health, staging, watching, way_back
from shipway.cli.shell.checklist.subject import Subject
from shipway.cli.shell.commands import WrongWords
from shipway.cli.shell.prompts import is_attended
from shipway.errors import ShipwayError
from shipway.model.checklist import Checklist, Item, State
from shipway.planning.checklist import NAMES, POINTS, answered, is_complete
from shipway.spec.nearest import nearest

Look = Callable[[Subject], Found | Awaitable[Found]]
LOOKS: Mapping[str, Look] = {
    "tests": watching.tests,
    "staging": staging.staging,
    "migrations": staging.migrations,
    "rollback": way_back.way_back,
    "dashboards": watching.watched,
    "team": watching.team,
    "flags": watching.flags,
    "health": health.health,
    "load-test": change.load_test,
    "runbook": change.runbook,
}
STATES = {True: State.DONE, False: State.FAILED, None: State.OPEN}


def said(words: tuple[str, ...], option: str) -> dict[str, str]:
    """`ITEM=NOTE` by item. Raises `WrongWords`."""
    found = {}
    for word in words:
        name, sign, note = word.partition("=")
        if name not in NAMES or not sign or not note.strip():
            meant = nearest(name, NAMES)
            raise WrongWords(
                f"`{option} {word}` is no item with a note",
                where=option,
                why=f"Items are {', '.join(NAMES)}, and a note says on what somebody relies.",
                fix=f'Write {option} {meant or NAMES[0]}="seen in build 412".',
            )
        found[name] = f"{note.strip()} ({who()})"
    return found


async def gone_through(
    subject: Subject, confirmed: Mapping[str, str], waived: Mapping[str, str], *, asks: bool
) -> Checklist:
    """All ten, as they stand now; what people said of this revision before still holds. `asks` for what is open,
    where somebody can answer. The team is told where every one is settled."""
    before = signed.kept(subject.home, subject.name, subject.made.revision.id)
    items = tuple([await _looked(subject, name) for name in NAMES])
    items = answered(items, _notes(before, State.CONFIRMED), _notes(before, State.WAIVED))
    items = answered(items, confirmed, waived)
    if asks and is_attended():
        items = await asyncio.to_thread(_asked, items)
    if is_complete(items):
        items = tuple([await _told(subject, item) for item in items])
    found = Checklist(revision=subject.made.revision.id, items=items, by=who(), at=time.time())
    signed.keep(subject.home, subject.name, found)
    return found


def _notes(before: Checklist | None, state: State) -> dict[str, str]:
    return {item.name: item.note for item in before.items if item.state == state} if before else {}


async def _looked(subject: Subject, name: str) -> Item:
    """What it finds; an error of the one who is asked is a failure of the item, and no end of the list."""
    try:
        looking = LOOKS[name](subject)
        found = await looking if isawaitable(looking) else looking
    except ShipwayError as error:
        found = Found(False, f"{error.what}: {error.why}" if error.why else error.what)
    return Item(name=name, state=STATES[found.is_so], said=found.said)


def _asked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """A note is the answer; nothing leaves it open."""
    notes = {}
    words = {point.name: point.words for point in POINTS}
    for item in items:
        if item.state == State.OPEN:
            print(f"{item.name}: {item.said}.")
            notes[item.name] = input(f"  Is it so that {words[item.name]}? How do you know? [leave open] ").strip()
    return answered(items, {name: f"{note} ({who()})" for name, note in notes.items() if note}, {})


async def _told(subject: Subject, item: Item) -> Item:
    if item.name != "team" or item.state != State.DONE:
        return item
    text = f"{subject.name} {subject.version} is about to be released by {who()}; the checklist is signed."
    found = await asyncio.to_thread(watching.tell, subject, text)
    return replace(item, state=STATES[found.is_so], said=found.said)
