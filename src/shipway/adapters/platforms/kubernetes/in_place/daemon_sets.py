"""A DaemonSet whose pods are replaced node by node, and by nobody but Shipway. Pure.

With `OnDelete` its controller makes a pod of the present template on each node that has none, and ends none. So
the template says which version comes next, and a pod that ends makes room for it. While nobody ends one it stands
still.
https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import nowhere, told
from shipway.adapters.platforms.kubernetes.in_place.form import awaited
from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, There, moved, of
from shipway.adapters.platforms.kubernetes.kinds import DAEMON_SET
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

Object = dict[str, Any]
STRATEGY = "updateStrategy"
BY_HAND = {STRATEGY: {"type": "OnDelete"}}


class DaemonSets:
    """How it is done with a DaemonSet."""

    kind = DAEMON_SET
    word = "DaemonSet"
    halts = False
    waits = False
    grows = False
    per_node = True

    def scaled(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With the revision's template where it lacks pods, and as many of the others on their way out.

        Those of its own that drain are taken back first.
        """
        known, _, _ = told.grown_to(state.known(of(there, order.revision), order.revision), order.replicas)
        staying = sum(each.stays for each in known.values())
        noted = moved(state, there, known, order)
        if staying and staying >= max(order.replicas, state.replicas):
            return _counted(replace(noted, revision=order.revision, leaving=0), there)
        if staying >= order.replicas:
            return _counted(noted, there)
        grown = {**noted.grown, order.revision: order.generation}
        aimed = replace(noted, revision=order.revision, grown=grown, leaving=0)
        return _counted(_with_room(aimed, there, order, order.replicas - staying), there, order)

    def drained(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With these marked; one that is still to come is no pod."""
        known = told.draining(state.known(of(there, order.revision), order.revision), order.named, order.at)
        noted = moved(state, there, known, order)
        is_given_up = awaited(order.revision) in order.named and order.revision == state.revision
        return replace(noted, leaving=1, since=order.at) if is_given_up else noted

    def stopped(self, state: Rolled, there: There, order: Order) -> Rolled:
        """Without these. Another of the present template would come in their place: of that all go, or none."""
        known = state.known(of(there, order.revision), order.revision)
        if order.revision != state.revision:
            known = told.stopping(known, order.named, order.at)
            return _counted(moved(state, there, known, order), there)
        noted, others = moved(state, there, known, order), set(there.values()) - {order.revision}
        if awaited(order.revision) in order.named and not known and others:
            return _counted(replace(noted, revision=_most(there), leaving=0), there)
        if others or any(each.stays for each in known.values()):
            return noted
        gone = told.stopping(known, frozenset(known), order.at)
        return replace(moved(state, there, gone, order), counts={}, leaving=0)

    def said(self, state: Rolled, pod: str, revision: RevisionId) -> Told:
        """What one was told."""
        return state.known((pod,), revision)[pod]

    def coming(self, state: Rolled, there: Collection[RevisionId]) -> Mapping[RevisionId, Told]:
        """While two are to be there. Only of the present template any pod can come."""
        found = {}
        for name in state.counts.keys() - there if state.others else ():
            leaves = state.leaving or name != state.revision
            told_now = Told(generation=state.grown.get(name, 0))
            found[name] = replace(told_now, draining=state.since) if leaves else told_now
        return found

    def before(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """What the user says of how it is updated."""
        return {STRATEGY: spec[STRATEGY]} if STRATEGY in spec else {}

    def spec(self, spec: Mapping[str, Any], state: Rolled) -> Object:
        """What it is to say: its template too, where there is to be no pod."""
        kept = {key: value for key, value in spec.items() if key not in (STRATEGY, "replicas")}
        template = spec["template"] if state.counts else nowhere.sent(spec["template"])
        return {**kept, "template": template, **(BY_HAND if state.others else state.before)}

    def changed(self, spec: Mapping[str, Any], state: Rolled) -> Iterator[str]:
        """What other hands did to it, in the words after their name."""
        if state.others and self.before(spec) != BY_HAND:
            yield "changed how {} is updated"


def _with_room(state: Rolled, there: There, order: Order, missing: int) -> Rolled:
    """With so many of the others draining as free nodes and those that leave already do not make up.

    The only node's pod ends at once: there is none that could have its requests meanwhile.
    """
    others = {pod: state.known((pod,), whose)[pod] for pod, whose in there.items() if whose != order.revision}
    staying = [pod for pod, each in others.items() if each.stays]
    free = max(0, state.replicas - len(there))
    needed = missing - free - (len(others) - len(staying))
    named = frozenset(staying[len(staying) - max(0, needed) :])
    marked = told.draining(others, named, order.at)
    if len(there) <= 1 and state.replicas <= 1:
        marked = told.stopping(marked, frozenset(marked), order.at)
    return replace(state, pods={**state.pods, **marked})


def _counted(state: Rolled, there: There, order: Order | None = None) -> Rolled:
    """With how many pods of each are there and not told to stop; of one that grows, as many as it is to have."""
    counts = Counter(
        {
            name: sum(state.known((pod,), name)[pod].stopping is None for pod in of(there, name))
            for name in there.values()
        }
    )
    if order is not None:
        counts[order.revision] = max(counts[order.revision], order.replicas)
    return replace(state, counts={name: number for name, number in counts.items() if number})


def _most(there: There) -> RevisionId:
    """Whose pods are the most."""
    counts = Counter(there.values())
    return max(counts, key=lambda name: (counts[name], name))
