"""A StatefulSet whose pods are replaced in their places, the last first, as far as its partition says. Pure.

Pods from the partition on are of the present template, those before it of the former one, also when they are made
anew. None is made beside another, so nobody but the StatefulSet chooses which pod ends.
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.in_place import places
from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, There, moved
from shipway.adapters.platforms.kubernetes.kinds import STATEFUL_SET
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

Object = dict[str, Any]
STRATEGY = "updateStrategy"


class StatefulSets:
    """How it is done with a StatefulSet."""

    kind = STATEFUL_SET
    word = "StatefulSet"
    halts = False
    waits = True
    grows = False
    per_node = False

    def scaled(self, state: Rolled, there: There, order: Order) -> Rolled:
        """So many places are the revision's, from the last one on."""
        return places.scaled(moved(state, there, {}, order), order)

    def drained(self, state: Rolled, there: There, order: Order) -> Rolled:
        """As many as are named, the last ones: they are what it ends. While it replaces pods it chooses itself."""
        noted = moved(state, there, {}, order)
        if state.others or order.revision != state.revision:
            return noted
        return replace(noted, leaving=len(order.named & there.keys()), since=order.at)

    def stopped(self, state: Rolled, there: There, order: Order) -> Rolled:
        """Without those that drain. Those in whose places others come are ended already."""
        noted = moved(state, there, {}, order)
        if state.others or order.revision != state.revision:
            return noted
        gone = sum(not self.said(state, pod, order.revision).stays for pod in order.named & there.keys())
        return places.smaller(noted, min(gone, state.leaving))

    def said(self, state: Rolled, pod: str, revision: RevisionId) -> Told:
        """One in a place of another revision is on its way out, and at rest the last ones that are to go."""
        told, place = Told(generation=state.grown.get(revision, 0)), _place(pod)
        if revision != state.revision:
            return replace(told, draining=state.since, stopping=state.since) if place >= state.others else told
        is_last = not state.others and place >= state.replicas - state.leaving
        return replace(told, draining=state.since) if is_last else told

    def coming(self, state: Rolled, there: Collection[RevisionId]) -> Mapping[RevisionId, Told]:
        """Its controller makes pods at once."""
        return {}

    def before(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """What the user says of how it is updated."""
        return {STRATEGY: spec[STRATEGY]} if STRATEGY in spec else {}

    def spec(self, spec: Mapping[str, Any], state: Rolled) -> Object:
        """What it is to say but for its template."""
        kept = {key: value for key, value in spec.items() if key != STRATEGY}
        return {**kept, "replicas": state.replicas, **(_parted(state) if state.others else state.before)}

    def changed(self, spec: Mapping[str, Any], state: Rolled) -> Iterator[str]:
        """What other hands did to it, in the words after their name."""
        if spec.get("replicas", 1) != state.replicas and not state.is_scaled:
            yield f"scaled {{}} from {state.replicas} to {spec.get('replicas', 1)}"
        if state.others and self.before(spec) != _parted(state):
            yield "changed how {} is updated"


def _place(pod: str) -> int:
    return int(pod.rpartition("-")[2])


def _parted(state: Rolled) -> Object:
    how = (state.before.get(STRATEGY) or {}).get("rollingUpdate") or {}
    return {STRATEGY: {"type": "RollingUpdate", "rollingUpdate": {**how, "partition": state.others}}}
