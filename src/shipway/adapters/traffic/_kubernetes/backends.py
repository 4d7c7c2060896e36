"""Pods as ways in see them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.model.share import TOTAL, Share

Object = dict[str, Any]


class Backend(Struct, frozen=True, kw_only=True):
    """A pod that has an address."""

    name: str
    revision: RevisionId
    address: str
    version: str
    """Its resource version."""
    is_ready: bool
    is_ending: bool
    takes_requests: bool
    """By its label: whether it is not drained."""
    has_share: bool
    """By its label: whether it is among those by whose number requests are divided."""


def backends(found: Iterable[Object], prepared: Mapping[RevisionId, Prepared]) -> tuple[Backend, ...]:
    """Of a service's pods, the oldest first."""
    ids = {marks.label_of(id): id for id in prepared}
    living = sorted((pod for pod in found if _is_reached(pod, ids)), key=_age)
    return tuple(_backend(pod, ids, prepared) for pod in living)


def _is_reached(pod: Object, ids: Mapping[str, RevisionId]) -> bool:
    has_address = bool(pod.get("status", {}).get("podIP"))
    return has_address and pods.label(pod, marks.REVISION) in ids and not pods.is_over(pod)


def _backend(pod: Object, ids: Mapping[str, RevisionId], prepared: Mapping[RevisionId, Prepared]) -> Backend:
    revision = ids[pods.label(pod, marks.REVISION)]
    return Backend(
        name=pods.name(pod),
        revision=revision,
        address=f"{pod['status']['podIP']}:{prepared[revision].port}",
        version=pod["metadata"]["resourceVersion"],
        is_ready=pods.ready_since(pod) is not None and not pods.is_ending(pod),
        is_ending=pods.is_ending(pod),
        takes_requests=pods.label(pod, marks.REQUESTS) != marks.NO,
        has_share=pods.label(pod, marks.SHARE) == marks.YES,
    )


def endpoints(wish: Wish, found: Sequence[Backend], served: frozenset[str]) -> tuple[Endpoint, ...]:
    """What was published, as it is now; `served` are pods that some Service sends to.

    A drained pod is one that no Service knows as ready any more.
    """
    by_address = {backend.address: backend for backend in found}
    known = [(one, by_address[one.address]) for one in wish.endpoints if one.address in by_address]
    return tuple(
        sorted(
            Endpoint(
                revision=one.revision,
                address=one.address,
                draining=not backend.takes_requests and backend.name not in served,
            )
            for one, backend in known
        )
    )


def unhealthy(wish: Wish, found: Sequence[Backend]) -> tuple[str, ...]:
    """Published, and not ready by the kubelet's own probe."""
    ill = (one.address for one in found if not one.is_ready and one.takes_requests)
    return tuple(sorted(address for address in ill if wish.endpoint_at(address)))


def shares(served: frozenset[str], found: Sequence[Backend]) -> dict[RevisionId, Share]:
    """By the number of pods that a Service sends to; those that are not ours have their part."""
    ours = [backend.revision for backend in found if backend.name in served]
    return {name: Share(ours.count(name) * TOTAL // len(served)) for name in sorted(set(ours))}


def served(slices: Iterable[Object]) -> frozenset[str]:
    """Pods that EndpointSlices tell as ready."""
    return frozenset(
        endpoint["targetRef"]["name"]
        for one in slices
        for endpoint in one.get("endpoints") or ()
        if endpoint.get("targetRef") and (endpoint.get("conditions") or {}).get("ready") is not False
    )


def _age(pod: Object) -> tuple[str, str]:
    return str(pod["metadata"]["creationTimestamp"]), pods.name(pod)
