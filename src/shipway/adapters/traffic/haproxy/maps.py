"""The two maps of a service, which are changed while HAProxy runs, each as a whole and at once.

`shares.map` says by a place on a line, from 0 to the total, where a request goes: `0:4999 2/1.9.0-7f3a91c2` is a
slot and its revision. The newest revision lies at the start: as it grows, it only gains users. `choices.map` says
by header or cookie where chosen users go, how the others are kept where they are, and what the preview shows.

Each carries the generation that it was made for and a digest of itself under a key that no request has: a number
is one beyond the line, for HAProxy reads `-1` as every number up to 1.
"""

import base64
from collections.abc import Mapping
from hashlib import sha256

from msgspec import Struct

from shipway.adapters.traffic.haproxy.places import ONWARD
from shipway.adapters.traffic.haproxy.state import State
from shipway.model.revision import RevisionId
from shipway.model.share import NONE, TOTAL, Share

Entries = Mapping[str, str]

MADE_FOR = {"shares": str(TOTAL), "choices": "made-for"}
STICKY, PREVIEW = "sticky", "preview"
ONWARD_TO = f"{ONWARD}/onward"
DIGEST_CHARACTERS = 12


class Map(Struct, frozen=True):
    """One of them, with whatever is in it."""

    kind: str
    entries: Entries

    @property
    def generation(self) -> int:
        """The intent that it came from; 0 for what is not ours as it stands."""
        return int(self._made_for[0]) if self.is_ours else 0

    @property
    def is_ours(self) -> bool:
        """Whether nobody has changed it since it was made."""
        number, digest = self._made_for
        rest = {key: value for key, value in self.entries.items() if key != MADE_FOR[self.kind]}
        return number.isdigit() and digest == _digest(rest)

    @property
    def _made_for(self) -> tuple[str, str]:
        number, _, digest = self.entries.get(MADE_FOR[self.kind], "").partition("-")
        return number, digest

    @property
    def is_onward(self) -> bool:
        """Whether everybody is sent to the process that takes connections."""
        return self.is_ours and ONWARD_TO in self.entries.values()

    @property
    def shares(self) -> dict[RevisionId, Share]:
        """How requests are divided that no rule chose."""
        found: dict[RevisionId, Share] = {}
        for places, to in self.entries.items():
            first, colon, last = places.partition(":")
            if colon and first.isdigit() and last.isdigit():
                revision = revision_of(to)
                found[revision] = Share(found.get(revision, NONE) + int(last) - int(first) + 1)
        return found


def shares(state: State) -> Map:
    """How everyone's requests are divided."""
    entries, start = {}, 0
    for revision in state.order:
        if share := state.route.shares.get(revision):
            entries[f"{start}:{start + share - 1}"] = _to(state, revision)
            start += share
    return _made("shares", entries, state.route_generation)


def choices(state: State) -> Map:
    """Who is chosen, who stays, what is previewed. The first rule that names a value wins."""
    entries: dict[str, str] = {}
    for rule in state.route.users:
        entries.setdefault(choice_key(rule.kind, rule.name) + encoded(rule.value), _to(state, rule.revision))
    sticky = state.route.sticky
    if sticky and sum(map(bool, state.route.shares.values())) > 1:
        entries[STICKY] = f"{sticky.kind}/{sticky.name}"
    if state.route.preview:
        entries[PREVIEW] = _to(state, state.route.preview)
    return _made("choices", entries, state.route_generation)


def onward_shares(state: State) -> Map:
    """For a process that finishes: everybody goes to the one that takes connections."""
    return _made("shares", {f"0:{TOTAL - 1}": ONWARD_TO}, state.route_generation)


def onward_choices(state: State) -> Map:
    """For a process that finishes: nobody is chosen there."""
    entries = {PREVIEW: _to(state, state.route.preview)} if state.route.preview else {}
    return _made("choices", entries, state.route_generation)


def choice_key(kind: str, name: str) -> str:
    """What is before a header's or cookie's value in a key."""
    return f"{kind}/{name}/"


def encoded(value: str) -> str:
    """As HAProxy's converter `base64` writes it: a key has no spaces."""
    return base64.b64encode(value.encode()).decode()


def revision_of(to: str) -> RevisionId:
    """Of `2/1.9.0-7f3a91c2`."""
    return RevisionId(to.partition("/")[2])


def text(content: Map) -> bytes:
    """As a file that HAProxy reads when it starts."""
    return "".join(f"{key} {value}\n" for key, value in content.entries.items()).encode()


def parsed(kind: str, content: bytes) -> Map:
    """What such a file says."""
    pairs = (line.split(" ", 1) for line in content.decode(errors="replace").splitlines() if " " in line)
    return Map(kind, dict(pairs))


def _to(state: State, revision: RevisionId) -> str:
    return f"{state.slot_of(revision)}/{revision}"


def _made(kind: str, entries: dict[str, str], generation: int) -> Map:
    return Map(kind, {MADE_FOR[kind]: f"{generation}-{_digest(entries)}", **entries})


def _digest(entries: Entries) -> str:
    listed = "\n".join(f"{key} {value}" for key, value in sorted(entries.items()))
    return sha256(listed.encode()).hexdigest()[:DIGEST_CHARACTERS]
