"""What each pod of a deployment was told, kept as one of its annotations: one write moves all of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.marks import AUTOSCALED, GENERATION, GROWN, PODS, REPLICAS, YES

Object = dict[str, Any]


class Told(Struct, frozen=True, omit_defaults=True):
    """Times are seconds since the epoch."""

    generation: int = 0
    """Of the intent that it was made for."""
    draining: float | None = None
    stopping: float | None = None

    @property
    def stays(self) -> bool:
        """Whether it is capacity."""
        return self.draining is None


def is_scaled(deployment: Object) -> bool:
    """Whether it has an autoscaler of its own."""
    return _annotations(deployment).get(AUTOSCALED) == YES


def told(deployment: Object) -> dict[str, Told]:
    """By pod; one that is not named was made by the newest growth, and told nothing."""
    written = _annotations(deployment).get(PODS)
    return msgspec.json.decode(written, type=dict[str, Told]) if written else {}


def told_of(deployment: Object, pod: str) -> Told:
    """What one was told."""
    return told(deployment).get(pod) or Told(generation=grown(deployment))


def all_told(deployment: Object, pods: Iterable[str]) -> dict[str, Told]:
    """Of these pods, each named."""
    known, newest = told(deployment), Told(generation=grown(deployment))
    return {pod: known.get(pod, newest) for pod in pods}


def generation(deployment: Object) -> int:
    """The newest intent that moved it; 0 before any."""
    return int(_annotations(deployment).get(GENERATION, "0"))


def grown(deployment: Object) -> int:
    """The newest intent that had it grow."""
    return int(_annotations(deployment).get(GROWN, "0"))


def told_replicas(deployment: Object) -> int | None:
    """How many pods Shipway wanted last."""
    written = _annotations(deployment).get(REPLICAS)
    return int(written) if written is not None else None


def is_leaving(deployment: Object) -> bool:
    """Whether Shipway wants none of it, or some of its pods drain.

    One that was told to stop is not of its number any more, and stays named until the next write.
    """
    is_draining = any(not each.stays and each.stopping is None for each in told(deployment).values())
    return is_draining or not told_replicas(deployment)


def scaled(deployment: Object, pods: Sequence[str], replicas: int, *, generation: int) -> Object:
    """With at least so many that do not drain. Draining ones are taken back before new ones come; none stops.

    One that was told to stop and is still there counts besides: where another one that was not ready ended in its
    place, it would fill the number, and nothing came.
    """
    known, count, is_growth = grown_to(all_told(deployment, pods), replicas, most=_still_wanted(deployment))
    lingering = sum(each.stopping is not None for each in known.values())
    changed = _moved(deployment, count + lingering, known, generation)
    return _with(changed, GROWN, str(generation)) if is_growth else changed


def drained(
    deployment: Object, pods: Sequence[str], named: frozenset[str], at: float, *, generation: int
) -> Object:
    """With these marked."""
    known = draining(all_told(deployment, pods), named, at)
    return _moved(deployment, _replicas(deployment), known, generation)


def stopped(
    deployment: Object, pods: Sequence[str], named: frozenset[str], at: float, *, generation: int
) -> Object:
    """With these on their way out, and so many fewer wanted."""
    known = stopping(all_told(deployment, pods), named, at)
    return _moved(deployment, left(known), known, generation)


def _still_wanted(deployment: Object) -> int | None:
    """How many of its pods its autoscaler has not given up, if it has one: the others still end."""
    return _replicas(deployment) if is_scaled(deployment) else None


def grown_to(
    known: Mapping[str, Told], replicas: int, *, most: int | None = None
) -> tuple[dict[str, Told], int, bool]:
    """Of one revision's pods: what they are told, how many there are to be, and whether some are to be made."""
    missing = replicas - sum(each.stays for each in known.values())
    back = [pod for pod, each in known.items() if not each.stays and each.stopping is None][: max(0, missing)]
    told_now = {**known, **{pod: replace(known[pod], draining=None) for pod in back}}
    leaving = sum(not each.stays and each.stopping is None for each in told_now.values())
    staying = sum(each.stays for each in told_now.values())
    staying = staying if most is None else min(staying, max(0, most - leaving))
    count = leaving + max(replicas, staying)
    return told_now, count, count > leaving + staying


def draining(known: Mapping[str, Told], named: frozenset[str], at: float) -> dict[str, Told]:
    """With these marked."""
    return {
        pod: replace(each, draining=at) if pod in named and each.stays else each for pod, each in known.items()
    }


def stopping(known: Mapping[str, Told], named: frozenset[str], at: float) -> dict[str, Told]:
    """With these on their way out."""
    return {
        pod: replace(each, stopping=at) if pod in named and each.stopping is None else each
        for pod, each in known.items()
    }


def left(known: Mapping[str, Told]) -> int:
    """How many are not on their way out."""
    return sum(each.stopping is None for each in known.values())


def _moved(deployment: Object, replicas: int, known: Mapping[str, Told], generation: int) -> Object:
    text = msgspec.json.encode(dict(sorted(known.items()))).decode()
    made = {**deployment, "spec": {**deployment["spec"], "replicas": replicas}}
    for key, value in ((GENERATION, str(generation)), (REPLICAS, str(replicas)), (PODS, text)):
        made = _with(made, key, value)
    return made


def _with(deployment: Object, key: str, value: str) -> Object:
    metadata = deployment["metadata"]
    return {**deployment, "metadata": {**metadata, "annotations": {**_annotations(deployment), key: value}}}


def _replicas(deployment: Object) -> int:
    return int(deployment["spec"].get("replicas", 1))


def _annotations(deployment: Object) -> Mapping[str, str]:
    found: Mapping[str, str] = deployment["metadata"].get("annotations") or {}
    return found
