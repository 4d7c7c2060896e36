"""What a pod tells of itself. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

Object = dict[str, Any]
WORDS_MAX = 160


def seconds(text: str | None) -> float:
    """Of the API server's times, which have no fractions; 0 where there is none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def name(pod: Object) -> str:
    """Of the pod."""
    return str(pod["metadata"]["name"])


def label(found: Object, key: str) -> str:
    """Of it, or of another object; empty where there is none."""
    return str((found["metadata"].get("labels") or {}).get(key, ""))


def is_ending(pod: Object) -> bool:
    """Whether it was told to end."""
    return "deletionTimestamp" in pod["metadata"]


def is_over(pod: Object) -> bool:
    """Evicted or at its end: it will not run again."""
    return pod.get("status", {}).get("phase") in ("Failed", "Succeeded")


def ready_since(pod: Object) -> float | None:
    """None while it is not."""
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "True":
            return seconds(condition["lastTransitionTime"])
    return None


def statuses(pod: Object) -> Sequence[Object]:
    """Of its containers."""
    return pod.get("status", {}).get("containerStatuses") or ()


def running_since(pod: Object) -> float | None:
    """Since when all of its containers run; none while one does not."""
    begun = [
        seconds(status["state"]["running"]["startedAt"])
        for status in statuses(pod)
        if "running" in status["state"]
    ]
    return max(begun) if begun and len(begun) == len(pod["spec"]["containers"]) else None


def restarts(pod: Object) -> int:
    """Of all its containers."""
    return sum(int(status["restartCount"]) for status in statuses(pod))


def images(pod: Object) -> Iterator[tuple[str, str, str]]:
    """Of its containers that run: the name, the image that was asked for, and the digest of the one that runs.

    An image that came from no registry has none.
    """
    asked = {container["name"]: str(container.get("image", "")) for container in pod["spec"]["containers"]}
    for status in statuses(pod):
        image, digest = asked.get(status["name"], "@"), str(status.get("imageID", "")).rpartition("@")
        if digest[1] and "@" not in image:
            yield status["name"], image, digest[2]


def why_not_ready(pod: Object, events: Sequence[Object]) -> str:
    """The nearest thing to a cause that the cluster knows, in a few words."""
    if is_ending(pod):
        return "stopping"
    told = next(iter((*_waiting(pod), *_ended(pod), *_unscheduled(pod), *_unhealthy(events))), "")
    return told[:WORDS_MAX] or str(pod.get("status", {}).get("phase", "unknown")).lower()


def why_not_made(events: Sequence[Object]) -> str:
    """Why whoever makes pods may make none: a quota is used up, a policy says no. Empty where it may."""
    failed = [event for event in events if event.get("reason") == "FailedCreate"]
    return next(_unhealthy(failed), "")[:WORDS_MAX]


def before(pod: Object) -> str:
    """How its last run ended; nothing where there is none."""
    for status in statuses(pod):
        ended = status.get("lastState", {}).get("terminated")
        if ended:
            return f"{_end(ended)} before (restarted {_times(int(status['restartCount']))})"
    return ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _waiting(pod: Object) -> Iterator[str]:
    """An image that cannot be pulled, a crash loop, a container that cannot be created."""
    initial = pod.get("status", {}).get("initContainerStatuses") or ()
    for status in (*initial, *statuses(pod)):
        waiting = status["state"].get("waiting")
        if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
            last = status.get("lastState", {}).get("terminated")
            told = _end(last) if last else waiting.get("message", "")
            yield f"{waiting['reason']}: {told}" if told else waiting["reason"]


def _ended(pod: Object) -> Iterator[str]:
    for status in statuses(pod):
        ended = status["state"].get("terminated")
        if ended:
            yield _end(ended)


def _end(ended: Object) -> str:
    reason = "" if ended.get("reason") in (None, "Error", "Completed") else f" ({ended['reason']})"
    return f"{status_words(ended)}{reason}"


def status_words(ended: Object) -> str:
    """Of a container's end."""
    signal = ended.get("signal")
    return f"ended by signal {signal}" if signal else f"ended with {ended.get('exitCode')}"


def _unscheduled(pod: Object) -> Iterator[str]:
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield condition.get("message", "no node takes it")


def _unhealthy(events: Sequence[Object]) -> Iterator[str]:
    """The newest warning: why a probe fails."""
    warnings = [event for event in events if event.get("type") == "Warning"]
    for event in sorted(warnings, key=_last_seen, reverse=True):
        yield str(event.get("message", ""))


def _last_seen(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
