"""Reading and changing flags, segments, groups and holdouts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.adapters.flag_store.values import Loaded, Superseded
from shipway.flags.documents import document_of, text_of
from shipway.flags.model import Json
from shipway.flags.schedule import settled
from shipway.flags.state import KINDS, Change, changes_of
from shipway.server.flags.calls import Answer, Call, wrong_body
from shipway.server.flags.live import Live
from shipway.server.flags.problems import missing
from shipway.server.flags.proposals import proposed

ENTRY = {"features": "flag", "segments": "segment", "exclusive": "group", "holdouts": "holdout"}
Body = Callable[[Json | None], Json | None]
"""From what an entry says to what it shall say; none: it is not there."""


@dataclass(frozen=True)
class Entries:
    """The operations over one kind of entry."""

    kind: str

    async def list(self, call: Call) -> Answer:
        """All of them."""
        return Answer(content=[_shown(call.live.loaded, self.kind, name) for name in self._all(call.live)])

    async def get(self, call: Call) -> Answer:
        """One of them."""
        name = call.path["name"]
        if name not in self._all(call.live):
            raise missing(ENTRY[self.kind], name)
        return _answer(call.live.loaded, self.kind, name)

    async def put(self, call: Call) -> Answer:
        """Write one as a whole."""
        body = call.read(dict[str, Json])
        return await self._change(call, lambda before: body)

    async def patch(self, call: Call) -> Answer:
        """Change some keys of one that is there."""
        patch = call.read(dict[str, Json])

        def patched(before: Json | None) -> Json:
            if before is None:
                raise missing(ENTRY[self.kind], call.path["name"])
            return merged(settled(before, call.at) if self.kind == "features" else before, patch)

        return await self._change(call, patched)

    async def delete(self, call: Call) -> Answer:
        """Take one away."""

        def gone(before: Json | None) -> None:
            if before is None:
                raise missing(ENTRY[self.kind], call.path["name"])

        return await self._change(call, gone)

    def _all(self, live: Live) -> Mapping[str, Json]:
        return live.loaded.state.document[self.kind]

    async def _change(self, call: Call, body: Body) -> Answer:
        name = call.path["name"]

        def make(before: Loaded) -> Sequence[Change]:
            _check_version(before, self.kind, name, call.headers.get("if-match"))
            new = body(before.state.document[self.kind].get(name))
            return [Change(kind=self.kind, name=name, body=new)]

        proposal = await proposed(call, make)
        if proposal is not None:
            return proposal
        loaded = await call.live.change(make, call.author)
        if name not in loaded.state.document[self.kind]:
            return Answer(status=204)
        return _answer(loaded, self.kind, name)


def merged(before: Json, patch: Json) -> Json:
    """JSON Merge Patch (RFC 7396): a null takes a key away."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole


async def export(call: Call) -> Answer:
    """All of an environment, as a file of flags."""
    return Answer(
        text=text_of(call.live.loaded.state.document), headers={"etag": _etag(call.live.environment.revision)}
    )


async def import_file(call: Call) -> Answer:
    """What a file says, instead of everything that is there; or beside it, with `keep=true`."""
    document = document_of(_text(call.body), file="the file")
    new = changes_of(document)
    keeps = call.query.get("keep", "false") == "true"

    def make(before: Loaded) -> Sequence[Change]:
        named = {(change.kind, change.name) for change in new}
        gone = [
            Change(kind=kind, name=name, body=None)
            for kind in KINDS
            for name in before.state.document[kind]
            if not keeps and (kind, name) not in named
        ]
        return [*gone, *new]

    proposal = await proposed(call, make)
    if proposal is not None:
        return proposal
    loaded = await call.live.change(make, call.author)
    return Answer(content={"revision": loaded.environment.revision, "entries": len(new)})


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong_body(f"It is not UTF-8 text: {error.reason}.") from error


async def audit(call: Call) -> Answer:
    """Who has changed what, when and why; the newest first."""
    name, before = call.query.get("name"), call.number("before", 0) or None
    limit = call.number("limit", 100)
    entries = call.environments.store.entries
    trail = await entries.trail(call.live.environment.name, name=name, before=before, limit=limit)
    return Answer(content=trail)


def _shown(loaded: Loaded, kind: str, name: str) -> dict[str, Json]:
    return {"name": name, "version": loaded.versions[kind, name], ENTRY[kind]: loaded.state.document[kind][name]}


def _answer(loaded: Loaded, kind: str, name: str) -> Answer:
    return Answer(content=_shown(loaded, kind, name), headers={"etag": _etag(loaded.versions[kind, name])})


def _etag(version: int) -> str:
    return f'"{version}"'


def _check_version(before: Loaded, kind: str, name: str, sent: str | None) -> None:
    """If-Match: a change of what its sender has not seen is not made. `*` is any version that is there."""
    version = before.versions.get((kind, name))
    if sent is None or (sent.strip() == "*" and version is not None):
        return
    if version is None or _etag(version) not in [one.strip().removeprefix("W/") for one in sent.split(",")]:
        raise Superseded(
            f"{ENTRY[kind]} {name} was changed meanwhile",
            where=f"{ENTRY[kind]} {name}",
            why=f"The change was made from version {sent}, and now it is {version or 'not there'}.",
            fix="Read it again, then repeat the change.",
        )
