"""What a workload's annotation said last, kept a second time: `kubectl rollout undo` puts annotations back too.

A label, which it leaves alone, has the hash of the annotation that was written with it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP

Object = dict[str, Any]
KEY = "states"
KEPT_MAX, TRIES_MAX = 6, 10
"""So many: of controllers that write at the same time one is taken, and nobody knows which."""


def digest(text: str) -> str:
    """As a label's value."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class States:
    """Of one service."""

    cluster: Cluster
    service: str

    @property
    def name(self) -> str:
        """Of the ConfigMap."""
        return marks.name_of("shipway-update", self.service)

    async def keep(self, text: str) -> None:
        """Before the workload is written. Raises `Conflict` where others write all the time."""
        for _ in range(TRIES_MAX):
            found = await self.cluster.read(CONFIG_MAP, self.name)
            data = {KEY: json.dumps([*_kept(found), text][-KEPT_MAX:])}
            try:
                if await self._is_written(found, data):
                    return
            except Conflict:
                continue
        raise Conflict("what is kept of the workload changes all the time", where=self.name)

    async def _is_written(self, found: Object | None, data: dict[str, str]) -> bool:
        if found is not None:
            return await self.cluster.replace(CONFIG_MAP, {**found, "data": data}) is not None
        labels = {marks.UPDATE: marks.label_of(self.service), marks.MANAGED_BY: "shipway"}
        metadata = {"name": self.name, "labels": labels}
        await self.cluster.create(
            CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
        return True

    async def trusted(self, workload: Object) -> Object:
        """With the annotation that Shipway wrote last, whoever put another one there."""
        metadata = workload["metadata"]
        notes = metadata.get("annotations") or {}
        wanted = (metadata.get("labels") or {}).get(marks.UPDATED)
        if wanted is None or digest(notes.get(marks.UPDATE, "")) == wanted:
            return workload
        for text in _kept(await self.cluster.read(CONFIG_MAP, self.name)):
            if digest(text) == wanted:
                return {**workload, "metadata": {**metadata, "annotations": {**notes, marks.UPDATE: text}}}
        return workload


def _kept(found: Object | None) -> list[str]:
    kept: list[str] = json.loads(((found or {}).get("data") or {}).get(KEY, "[]"))
    return kept
