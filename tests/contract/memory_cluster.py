"""A cluster's API server in memory: objects, resource versions, and what server-side apply makes of them."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import POD_METRICS, Kind

Object = dict[str, Any]


class MemoryCluster(Cluster):
    """One view of it; several may share what is there. `before_write` is awaited before each write."""

    def __init__(self, there: dict[tuple[str, str], Object] | None = None) -> None:
        super().__init__()
        self.there = {} if there is None else there
        self.writes: list[tuple[str, str]] = []
        self.before_write: Callable[[str, str], Awaitable[None]] | None = None

    def put(self, kind: Kind, wanted: Object) -> None:
        """As somebody else writes it."""
        self._keep(kind, deepcopy(wanted))

    def found(self, kind: Kind, name: str) -> Object:
        return self.there[kind.plural, name]

    async def read(self, kind: Kind, name: str) -> Object | None:
        return deepcopy(self.there.get((kind.plural, name)))

    async def list(self, kind: Kind, selector: str) -> Sequence[Object]:
        if kind == POD_METRICS:
            return ()
        return [
            deepcopy(one)
            for (plural, _), one in sorted(self.there.items())
            if plural == kind.plural and is_chosen(one["metadata"].get("labels", {}), selector)
        ]

    async def apply(self, kind: Kind, wanted: Object, *, is_trial: bool = False) -> Object:
        if is_trial:
            found = self.there.get((kind.plural, str(wanted["metadata"]["name"])))
            return deepcopy(_merged(found or {}, wanted))
        name = await self._begun(kind, wanted)
        found = self.there.get((kind.plural, name))
        self._expect(wanted["metadata"].get("resourceVersion"), found)
        return self._keep(kind, _merged(found or {}, wanted))

    async def create(self, kind: Kind, wanted: Object, *, is_trial: bool = False) -> Object:
        if is_trial:
            return deepcopy(wanted)
        name = await self._begun(kind, wanted)
        if (kind.plural, name) in self.there:
            raise Conflict(f"{name} is there already")
        return self._keep(kind, deepcopy(wanted))

    async def replace(self, kind: Kind, changed: Object, *, is_trial: bool = False) -> Object | None:
        if is_trial:
            return deepcopy(changed)
        name = await self._begun(kind, changed)
        found = self.there.get((kind.plural, name))
        if found is None:
            return None
        self._expect(changed["metadata"].get("resourceVersion"), found)
        return self._keep(kind, deepcopy(changed))

    async def merge(self, kind: Kind, name: str, change: Any) -> Object | None:
        await self._begun(kind, {"metadata": {"name": name}})
        found = self.there.get((kind.plural, name))
        if found is None:
            return None
        self._expect(change["metadata"].get("resourceVersion"), found)
        return self._keep(kind, _merged(found, change))

    async def delete(self, kind: Kind, name: str, *, uid: str = "", version: str = "") -> None:
        found = self.there.get((kind.plural, name))
        if found is not None:
            self._expect(version or None, found)
        if found is not None and uid and found["metadata"].get("uid") != uid:
            raise Conflict("it is another than the one that was read")
        await self._begun(kind, {"metadata": {"name": name}})
        self.there.pop((kind.plural, name), None)

    async def events_of(self, uid: str) -> Sequence[Object]:
        return ()

    async def _begun(self, kind: Kind, wanted: Object) -> str:
        name = str(wanted["metadata"]["name"])
        if self.before_write is not None:
            await self.before_write(kind.plural, name)
        self.writes.append((kind.plural, name))
        return name

    def _expect(self, version: str | None, found: Object | None) -> None:
        if version is not None and (found or {}).get("metadata", {}).get("resourceVersion") != version:
            raise Conflict("it is another than the one that was read")

    def _keep(self, kind: Kind, made: Object) -> Object:
        made["metadata"]["resourceVersion"] = str(next(_versions))
        made["metadata"].setdefault("uid", f"uid-{made['metadata']['resourceVersion']}")
        self.there[kind.plural, str(made["metadata"]["name"])] = made
        return deepcopy(made)


_versions = itertools.count(1)


def is_chosen(labels: Mapping[str, str], selector: str) -> bool:
    """By `key=value`, or by a key that is there."""
    terms = (each.partition("=") for each in selector.split(",") if each)
    return all(key in labels and (not sign or labels[key] == value) for key, sign, value in terms)


def _merged(found: Any, change: Any) -> Any:
    """Mappings are put together but for selectors; a null takes a field away."""
    if not isinstance(found, dict) or not isinstance(change, dict):
        return deepcopy(change)
    made = dict(found)
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = deepcopy(value) if key == "selector" else _merged(made.get(key, {}), value)
    return made
