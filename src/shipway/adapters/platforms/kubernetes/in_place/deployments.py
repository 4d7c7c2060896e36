"""A Deployment that replaces its pods itself, exactly as many as the plan says, and then waits. Pure.

Its controller keeps `replicas - maxUnavailable` available pods of former templates, and fills up to `replicas +
maxSurge` with those of the present one. Pods that are never ready for long enough to be *available* do not let
it go on. So the two numbers say how many pods of each template there are, and a Deployment that nobody writes
stands still. The former pods are made so first: what it knows of them when the template changes may be old.
https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/controller/deployment/rolling.go
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import told
from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, There, aimed, moved, of
from shipway.adapters.platforms.kubernetes.kinds import DEPLOYMENT
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

Object = dict[str, Any]
NEVER = 2**31 - 1
"""Seconds: as `progressDeadlineSeconds` it means that there is none; a pod is available a second before."""
OF_THE_USER = ("strategy", "minReadySeconds", "progressDeadlineSeconds")


class Deployments:
    """How it is done with a Deployment."""

    kind = DEPLOYMENT
    word = "Deployment"
    halts = True
    waits = False
    grows = True
    per_node = False

    def scaled(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With at least so many that do not drain; those that do are taken back first."""
        most = state.counts.get(order.revision) if state.autoscaled and not state.others else None
        known, count, _ = told.grown_to(_known(state, there, order), order.replicas, most=most)
        return _full(aimed(moved(state, there, known, order), count, order))

    def drained(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With these marked."""
        return moved(state, there, told.draining(_known(state, there, order), order.named, order.at), order)

    def stopped(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With these on their way out, and so many fewer of it."""
        known = told.stopping(_known(state, there, order), order.named, order.at)
        count = min(told.left(known), state.counts.get(order.revision, 0))
        return _full(aimed(moved(state, there, known, order), count, order))

    def said(self, state: Rolled, pod: str, revision: RevisionId) -> Told:
        """What one was told."""
        return state.known((pod,), revision)[pod]

    def coming(self, state: Rolled, there: Collection[RevisionId]) -> Mapping[RevisionId, Told]:
        """Its controller makes pods at once."""
        return {}

    def before(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """What the user says of how it is updated."""
        return {key: spec[key] for key in OF_THE_USER if key in spec}

    def spec(self, spec: Mapping[str, Any], state: Rolled) -> Object:
        """What it is to say but for its template."""
        kept = {key: value for key, value in spec.items() if key not in (*OF_THE_USER, "paused")}
        return {**kept, "replicas": state.replicas, **_how(state)}

    def changed(self, spec: Mapping[str, Any], state: Rolled) -> Iterator[str]:
        """What other hands did to it, in the words after their name."""
        if spec.get("replicas", 1) != state.replicas and not state.is_scaled:
            yield f"scaled {{}} from {state.replicas} to {spec.get('replicas', 1)}"
        if spec.get("paused"):
            yield "paused {}"
        if state.halted and self.before(spec) != _how(state):
            yield "changed how {} is updated"


def _known(state: Rolled, there: There, order: Order) -> dict[str, Told]:
    return state.known(of(there, order.revision), order.revision)


def _full(state: Rolled) -> Rolled:
    """While pods of two templates are there it has the number that it had, as far as those pods make it up."""
    own, others = state.own, state.others
    replicas = min(max(state.replicas, own, others), own + others) if others else own
    return replace(state, replicas=replicas, halted=others > 0)


def _how(state: Rolled) -> Object:
    """What it says of how it is updated: so that just so many pods of each template are there."""
    if not state.halted:
        return dict(state.before)
    still = {"minReadySeconds": NEVER - 1, "progressDeadlineSeconds": NEVER}
    if not state.others:
        return {**state.before, **still}
    surge, unavailable = state.own + state.others - state.replicas, state.replicas - state.others
    return {
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
        },
        **still,
    }
