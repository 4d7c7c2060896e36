"""The autoscaler of a workload that is updated in place, and between what it may scale. Pure.

It has the name that its user gave it, and scales what they say.
"""

import hashlib
import json
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.autoscaling import Bounds, noted
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled
from shipway.adapters.platforms.kubernetes.options import options_of
from shipway.model.revision import Revision

Object = dict[str, Any]


def bounds(state: Rolled, user: Bounds, *, grows: bool) -> Bounds:
    """What the autoscaler may do now.

    As the user wrote it, while one version is there. Beside another one no pod may go, and more may come only
    where it `grows`; pods that drain are not made anew.
    """
    least, most = user
    if state.others:
        return state.replicas, max(most, state.replicas) if grows else state.replicas
    if state.leaving or any(not told.stays and told.stopping is None for told in state.pods.values()):
        return max(1, state.replicas), max(1, state.replicas)
    return least, max(least, most)


def autoscaler(revision: Revision) -> Object | None:
    """The user's, with what Shipway notes; none where the manifests have none."""
    written = options_of(revision).autoscaler
    if not written:
        return None
    owner = {marks.UPDATE: marks.label_of(revision.service)}
    made = noted(written, name=written["metadata"]["name"], labels=owner)
    text = json.dumps(written, sort_keys=True).encode()
    made["metadata"]["annotations"][marks.WRITTEN] = hashlib.sha256(text).hexdigest()[:16]
    return made


def written_from(scaler: Object) -> str:
    """Which manifest it was made from; empty where Shipway did not make it."""
    return str((scaler["metadata"].get("annotations") or {}).get(marks.WRITTEN, ""))
