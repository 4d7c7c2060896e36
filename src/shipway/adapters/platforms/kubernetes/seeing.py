"""What a fleet looks like: deployments, pods and preparations put together. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes import lost, marks, nowhere, pods, told
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.model.fleet import Fleet, Preparation, Replica, Scaled
from shipway.model.revision import RevisionId

Object = dict[str, Any]


class Look:
    """Everything that was asked once."""

    def __init__(
        self, deployments: Sequence[Object], found: Sequence[Object], prepared: Mapping[RevisionId, Prepared]
    ) -> None:
        self.deployments = {pods.label(each, marks.REVISION): each for each in deployments}
        self.pods = sorted((pod for pod in found if not pods.is_over(pod)), key=_age)
        self.prepared = prepared
        self.ids = {marks.label_of(id): id for id in self.prepared}

    def unready(self) -> Sequence[Object]:
        """Pods that a cause is to be found for."""
        unready = [pod for pod in self.pods if pods.ready_since(pod) is None and not pods.is_ending(pod)]
        return [pod for pod in unready if lost.unheard_since(pod) is None]

    def puzzling(self) -> Sequence[Object]:
        """What a cause is to be found for; it may be what makes pods."""
        return self.unready()

    def fleet(self, at: float, events: Mapping[str, Sequence[Object]]) -> Fleet:
        """`events` by pod."""
        replicas = tuple(self._replica(pod, at, events.get(pods.name(pod), ())) for pod in self._known())
        done = {id: each.state for id, each in self.prepared.items()}
        return Fleet(
            at=at,
            replicas=replicas,
            prepared=done,
            generations=dict(self._generations()),
            details={
                **{self.ids[label]: why for label, why in self._barred() if label in self.ids},
                **{id: each.detail for id, each in self.prepared.items() if each.state is Preparation.FAILED},
            },
            foreign=tuple(self._foreign()),
            scaled=tuple(self._scaled()),
        )

    def _barred(self) -> Iterator[tuple[str, str]]:
        """Deployments whose pods nobody may make: a quota is used up, a policy says no."""
        for label, deployment in self.deployments.items():
            for condition in deployment.get("status", {}).get("conditions") or ():
                if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
                    yield label, str(condition.get("message", ""))[: pods.WORDS_MAX]

    def _known(self) -> list[Object]:
        return [pod for pod in self.pods if pods.label(pod, marks.REVISION) in self.ids]

    def _replica(self, pod: Object, at: float, events: Sequence[Object]) -> Replica:
        revision = self.ids[pods.label(pod, marks.REVISION)]
        said = self._said(pod)
        begun, restarts = pods.running_since(pod), pods.restarts(pod)
        since = None if pods.is_ending(pod) or begun is None else pods.ready_since(pod)
        gone = lost.since(pod, at)
        return Replica(
            id=pods.name(pod),
            revision=revision,
            address=self._address(pod, revision),
            alive=begun is not None,
            ready=since is not None,
            ready_since=since,
            started_at=begun or pods.seconds(pod["metadata"]["creationTimestamp"]),
            restarts=restarts,
            draining_since=said.draining,
            lost_since=gone,
            is_ending=pods.is_ending(pod),
            generation=said.generation,
            detail=_detail(pod, since, gone, events),
        )

    def _said(self, pod: Object) -> told.Told:
        """What it was told."""
        owner = self.deployments.get(pods.label(pod, marks.REVISION))
        return told.told_of(owner, pods.name(pod)) if owner else told.Told()

    def _address(self, pod: Object, revision: RevisionId) -> str:
        host = pod.get("status", {}).get("podIP", "")
        return f"{host}:{self.prepared[revision].port}" if host else ""

    def _generations(self) -> Mapping[str, int]:
        found = {f"prepare:{id}": each.generation for id, each in self.prepared.items() if each.is_over}
        return {**found, **{f"capacity:{id}": moved for id, moved in self._moved().items()}}

    def _moved(self) -> Mapping[RevisionId, int]:
        """The newest intent for the capacity of each."""
        found = {}
        for label, deployment in self.deployments.items():
            if label in self.ids and (moved := told.generation(deployment)):
                found[self.ids[label]] = moved
        return found

    def _foreign(self) -> Sequence[str]:
        """What other hands changed since Shipway wrote it."""
        numbers = (scaled.what for scaled in self._scaled() if not scaled.is_automatic)
        return [*numbers, *self._written(), *self._moved_tags()]

    def _scaled(self) -> Iterator[Scaled]:
        """Numbers of pods that Shipway did not write: `kubectl scale`, an autoscaler."""
        for label, deployment in self.deployments.items():
            wanted, now = told.told_replicas(deployment), deployment["spec"].get("replicas", 1)
            if label not in self.ids or wanted is None or now == wanted:
                continue
            name, is_automatic = deployment["metadata"]["name"], told.is_scaled(deployment)
            if is_automatic and told.is_leaving(deployment):
                continue  # its autoscaler is told so just now
            by = f"autoscaler {name}" if is_automatic else writer(deployment)
            yield Scaled(
                what=f"{by} scaled deployment {name} from {wanted} to {now}",
                now=now,
                by=by,
                revision=self.ids[label],
                told=wanted,
                is_automatic=is_automatic,
            )

    def _moved_tags(self) -> Iterator[str]:
        """A tag that meant one image when the first pod of a version began, and another one later."""
        first: dict[tuple[str, str], str] = {}
        for pod in self._known():
            for container, image, digest in pods.images(pod):
                key = (pods.label(pod, marks.REVISION), container)
                if first.setdefault(key, digest) != digest:
                    yield f"tag {image} was moved: {pods.name(pod)} runs another image than older pods of it"

    def _written(self) -> Sequence[str]:
        return [
            f"{writer(deployment)} changed the pods of deployment {deployment['metadata']['name']}"
            for label, deployment in self.deployments.items()
            if label in self.ids and _is_another(deployment, self.prepared[self.ids[label]])
        ]


def _detail(pod: Object, ready: float | None, gone: float | None, events: Sequence[Object]) -> str:
    if gone is not None:
        return lost.said(pod, gone)
    return pods.before(pod) if ready is not None else pods.why_not_ready(pod, events)


def _is_another(deployment: Object, prepared: Prepared) -> bool:
    """Whether its pods are made from something else than what was prepared."""
    return bool(prepared.template) and prepared.template != template_hash(deployment)


def writer(deployment: Object) -> str:
    """Who wrote last, other than Shipway and the cluster's own controllers."""
    fields = deployment["metadata"].get("managedFields") or ()
    others = [each for each in fields if each["manager"] not in ("shipway", "kube-controller-manager", "manager")]
    newest = max(others, key=lambda each: str(each.get("time", "")), default=None)
    return str(newest["manager"]) if newest else "somebody"


def template_hash(deployment: Object) -> str:
    """Of what its pods are made from, as the API server has completed it."""
    import hashlib
    import json

    text = json.dumps(nowhere.called_back(deployment["spec"]["template"]), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _age(pod: Object) -> tuple[str, str]:
    return str(pod["metadata"]["creationTimestamp"]), pods.name(pod)
