"""What the Deployment controller makes of a Deployment: how many pods of each template, step by step. Pure.

After kubernetes/pkg/controller/deployment/rolling.go, v1.34.4. Templates are known by their label.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READY_SECONDS = 60
"""For so long all pods have been ready."""


@dataclass
class Controller:
    """It knows of a replica set's pods what was so the last time: what is available it may learn late."""

    told: dict[str, int] = field(default_factory=dict)
    """By template: the `minReadySeconds` of its replica set, which only the present one's is told anew."""
    counts: dict[str, int] = field(default_factory=dict)

    def settle(self, spec: Mapping[str, Any], template: str) -> dict[str, int]:
        """So many pods of each template there are once it has nothing more to do."""
        if not self.counts.get(template):
            self.told[template] = int(spec.get("minReadySeconds", 0))
        known = dict(self.told)
        while self._is_moved(spec, template, known):
            pass
        self.told[template] = int(spec.get("minReadySeconds", 0))
        while self._is_moved(spec, template, self.told):
            pass
        return dict(self.counts)

    def _is_moved(self, spec: Mapping[str, Any], template: str, told: Mapping[str, int]) -> bool:
        after = _step(spec, template, self.counts, told)
        after = {name: count for name, count in after.items() if count}
        is_moved, self.counts = after != self.counts, after
        return is_moved


def _step(
    spec: Mapping[str, Any], template: str, counts: Mapping[str, int], told: Mapping[str, int]
) -> dict[str, int]:
    wanted, own = int(spec["replicas"]), counts.get(template, 0)
    olds = {name: count for name, count in counts.items() if name != template}
    how = spec["strategy"]["rollingUpdate"]
    surge, unavailable = how["maxSurge"], min(how["maxUnavailable"], wanted)
    assert surge or how["maxUnavailable"], "the API server refuses it"
    if not olds:
        return {template: wanted}
    if own > wanted:
        return {**olds, template: wanted}
    room = wanted + surge - sum(counts.values())
    if own < wanted and room > 0:
        return {**olds, template: own + min(room, wanted - own)}
    available = {name: count if told.get(name, 0) <= READY_SECONDS else 0 for name, count in counts.items()}
    may_go = sum(counts.values()) - (wanted - unavailable) - (own - available.get(template, 0))
    if may_go <= 0:
        return dict(counts)
    unwell = next((name for name, count in olds.items() if available[name] < count), None)
    if unwell is not None:  # these go first, and the rest is counted anew
        return {**counts, unwell: counts[unwell] - min(may_go, counts[unwell] - available[unwell])}
    may_go = max(0, sum(available.values()) - (wanted - unavailable))
    name = next(iter(olds))
    return {**counts, name: counts[name] - min(may_go, counts[name])}
