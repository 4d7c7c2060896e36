"""How far each revision's preparation is, kept in the service's ConfigMap, whose resource version is the fence."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DEPLOYMENT
from shipway.errors import PortError, StaleGeneration
from shipway.model.fleet import Preparation
from shipway.model.revision import RevisionId

Object = dict[str, Any]
RUN_SECONDS = 60.0
"""A preparation that has not ended after this died with its controller."""
TRIES_MAX = 50
NOTES_MAX, NOTE_SECONDS = 5, 0.2


class Prepared(Struct, frozen=True, kw_only=True):
    """One revision's."""

    revision: str
    generation: int
    state: Preparation
    begun_at: float
    by: str = ""
    """Who does it: one that is under way and not done by who asks again was begun, and the answer was lost."""
    times: int = 1
    port: int = 0
    """Where its pods take requests."""
    detail: str = ""
    template: str = ""
    """Hash of what its pods are made from, as the API server completed it."""

    @property
    def is_over(self) -> bool:
        """Whether it is known how it went."""
        return self.state in (Preparation.DONE, Preparation.FAILED)


@dataclass
class Preparations:
    """Of one service."""

    cluster: Cluster
    service: str

    @property
    def name(self) -> str:
        """Of the ConfigMap."""
        return marks.name_of("shipway", self.service)

    async def all(self) -> dict[RevisionId, Prepared]:
        """By revision; where somebody deleted the ConfigMap, what deployments say of themselves."""
        found = await self.cluster.read(CONFIG_MAP, self.name)
        return await self._noted() if found is None else _read(found)

    async def _noted(self) -> dict[RevisionId, Prepared]:
        return noted(await self.cluster.list(DEPLOYMENT, marks.selector(self.service)))

    async def begun(self, revision: RevisionId, wanted: Prepared) -> bool:
        """Whether it is the caller who is to do it. Raises `StaleGeneration`."""

        def begin(before: Prepared | None) -> Prepared | None:
            if before is None:
                return wanted
            if before.generation > wanted.generation:
                raise _stale(revision, wanted.generation, before.generation)
            if before.state is Preparation.DONE:
                return None if before.generation == wanted.generation else _again(before, wanted.generation)
            is_old = wanted.begun_at - before.begun_at > RUN_SECONDS
            is_lost = is_old or (before.by == wanted.by != "")
            is_dead = before.state is Preparation.PENDING or (before.state is Preparation.RUNNING and is_lost)
            if before.generation == wanted.generation and not is_dead:
                return None
            if before.state is Preparation.RUNNING and not is_dead:
                return None
            return msgspec.structs.replace(wanted, times=before.times + 1)

        written = await self._changed(revision, begin)
        return written is not None and written.state is Preparation.RUNNING

    async def ended(self, revision: RevisionId, generation: int, **result: object) -> None:
        """Note how it went, unless somebody newer has begun it again. What is not noted counts as under way for a
        minute, so it is tried more than once."""

        def end(before: Prepared | None) -> Prepared | None:
            if before is None or before.generation != generation:
                return None
            return msgspec.structs.replace(before, **result)

        for tries_left in reversed(range(NOTES_MAX)):
            try:
                await self._changed(revision, end)
                return
            except PortError as error:
                if error.needs_person or not tries_left:
                    raise
                await asyncio.sleep(NOTE_SECONDS)

    async def forget_others(self, kept: Collection[str]) -> set[str]:
        """Forget how those of other revisions went; labels of those that stay, as somebody prepares them."""
        for _ in range(TRIES_MAX):
            found = await self.cluster.read(CONFIG_MAP, self.name)
            known = {marks.label_of(id): one for id, one in _read(found).items()}
            stay = {*kept, *(label for label, one in known.items() if one.state is Preparation.RUNNING)}
            if found is None or known.keys() <= stay:
                return stay
            try:
                await self._replace(found, {label: _text(one) for label, one in known.items() if label in stay})
                return stay
            except Conflict:
                continue
        raise self._unsettled()

    async def _changed(self, revision: RevisionId, change: Any) -> Prepared | None:
        """Write what `change` makes of the revision's entry; none where it makes nothing of it."""
        for _ in range(TRIES_MAX):
            found = await self.cluster.read(CONFIG_MAP, self.name)
            known = await self._noted() if found is None else _read(found)
            after: Prepared | None = change(known.get(revision))
            if after is None:
                return None
            kept = known if found is None else {}
            texts = {marks.label_of(id): _text(each) for id, each in {**kept, revision: after}.items()}
            try:
                await self._write(found, texts)
                return after
            except Conflict:
                continue
        raise self._unsettled()

    def _unsettled(self) -> PortError:
        return PortError(
            "the service's ConfigMap changes all the time",
            where=self.name,
            why=f"{TRIES_MAX} writes in a row met a newer one.",
            fix="See who writes it.",
        )

    async def _write(self, found: Object | None, texts: Mapping[str, str]) -> None:
        if found is None:
            metadata = {
                "name": self.name,
                "labels": {marks.SERVICE: marks.label_of(self.service), marks.MANAGED_BY: "shipway"},
            }
            fresh = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(texts)}
            await self.cluster.create(CONFIG_MAP, fresh)
            return
        await self._replace(found, {**(found.get("data") or {}), **texts})

    async def _replace(self, found: Object, texts: Mapping[str, str]) -> None:
        """Raises `Conflict` where it is another one, or gone."""
        if await self.cluster.replace(CONFIG_MAP, {**found, "data": dict(texts)}) is None:
            raise Conflict("the service's ConfigMap is gone", where=self.name)


def _text(prepared: Prepared) -> str:
    return msgspec.json.encode(prepared).decode()


def noted(deployments: Sequence[Object]) -> dict[RevisionId, Prepared]:
    """What deployments say of themselves."""
    notes = [deployment["metadata"].get("annotations") or {} for deployment in deployments]
    return {
        RevisionId(note[marks.ID]): Prepared(
            revision=note[marks.ID],
            generation=0,
            state=Preparation.DONE,
            begun_at=0.0,
            port=int(note.get(marks.PORT, "0")),
        )
        for note in notes
        if marks.ID in note
    }


def _again(before: Prepared, generation: int) -> Prepared:
    """What is done stays done; a newer intent is only noted."""
    return msgspec.structs.replace(before, generation=generation)


def _read(found: Object | None) -> dict[RevisionId, Prepared]:
    data: Mapping[str, str] = (found or {}).get("data") or {}
    entries = (msgspec.json.decode(text, type=Prepared) for text in data.values())
    return {RevisionId(entry.revision): entry for entry in entries}


def _stale(revision: RevisionId, asked: int, newest: int) -> StaleGeneration:
    return StaleGeneration(
        f"prepare:{revision} was asked for by a newer intent",
        why=f"{asked} is older than {newest}.",
        fix="Another controller owns the service.",
    )
