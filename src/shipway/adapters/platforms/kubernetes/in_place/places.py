"""Pods that have places: a new one comes where another one was. Pure."""

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled
from shipway.model.revision import RevisionId


def scaled(state: Rolled, order: Order) -> Rolled:
    """So many places are the revision's, and the others keep the rest.

    A former revision that is to have more again is taken back to: it gets all of them, at the workload's own pace.
    """
    had, total = state.counts.get(order.revision, 0), sum(state.counts.values())
    if order.replicas <= had:
        return replace(state, leaving=0) if order.revision == state.revision else state
    is_taken_back = order.revision != state.revision and state.others > 0
    count = max(total, order.replicas) if is_taken_back else order.replicas
    full = max(total, count)
    return replace(
        state,
        revision=order.revision,
        counts={**_left(state, order.revision, full - count), order.revision: count},
        replicas=full,
        grown={**state.grown, order.revision: order.generation},
        leaving=0,
        since=order.at,
    )


def smaller(state: Rolled, fewer: int) -> Rolled:
    """With so many places fewer."""
    left = state.own - fewer
    return replace(state, counts={state.revision: left} if left else {}, replicas=left, leaving=0)


def _left(state: Rolled, revision: RevisionId, room: int) -> dict[RevisionId, int]:
    """Of the others, those that stay."""
    counts = {}
    for name in sorted(name for name in state.counts if name != revision):
        count = min(state.counts[name], room)
        room -= count
        if count:
            counts[name] = count
    return counts
