"""Writing an object of Shipway's own, or the user's that is gone, only in place of what was read."""

from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.adapters.traffic._asked import fence

Object = dict[str, Any]


def generation(found: Object | None) -> int:
    """Of the newest intent that was written into it; 0 before any."""
    annotations = ((found or {}).get("metadata") or {}).get("annotations") or {}
    return int(annotations.get(marks.GENERATION, "0"))


def require_newest(asked: int, *found: Object | None) -> None:
    """Raises `StaleGeneration` where one of them has a newer intent's mark."""
    fence("route", newest=max(map(generation, found), default=0), generation=asked)


def marked(wanted: Object, number: int) -> Object:
    """With the mark of an intent."""
    metadata = wanted["metadata"]
    annotations = {**(metadata.get("annotations") or {}), marks.GENERATION: str(number)}
    return {**wanted, "metadata": {**metadata, "annotations": annotations}}


def changing(found: Object, number: int) -> Object:
    """The metadata with which fields of what was read are applied, with the mark of an intent."""
    kept = {key: found["metadata"][key] for key in ("name", "resourceVersion") if key in found["metadata"]}
    return {**kept, "annotations": {marks.GENERATION: str(number)}}


def is_there(found: Object) -> bool:
    """What is only remembered has no version."""
    return "resourceVersion" in found["metadata"]


async def put(cluster: Cluster, kind: Kind, found: Object | None, wanted: Object) -> None:
    """`wanted` in place of what was read before the intent was kept. Raises `Conflict` where somebody wrote since:
    an intent that is asked anew meets the newer one."""
    if found is None:
        await cluster.create(kind, wanted)
    elif await cluster.replace(kind, _over(found, wanted)) is None:
        raise Conflict("what was to be changed is gone", where=str(wanted["metadata"]["name"]))


def _over(found: Object, wanted: Object) -> Object:
    metadata = dict(found["metadata"])
    for key in ("labels", "annotations"):
        metadata[key] = {**(metadata.get(key) or {}), **(wanted["metadata"].get(key) or {})}
    return {**found, "metadata": metadata, "spec": {**found["spec"], **wanted["spec"]}}
