"""Handing the user's VirtualService and DestinationRule back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import (
    CONFIG_MAP,
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    POD,
    VIRTUAL_SERVICE,
)
from shipway.adapters.traffic._kubernetes import backends, fencing
from shipway.adapters.traffic._kubernetes.handing import put_back, require, until
from shipway.adapters.traffic._kubernetes.probing import Probing, host_of
from shipway.adapters.traffic._kubernetes.wishes import Wish, Wishes
from shipway.adapters.traffic.istio import choosing, rules, subsets
from shipway.adapters.traffic.istio.options import IstioOptions

Object = dict[str, Any]
SIDECARS_SECONDS = 2.0
"""How much later than the gateway a caller's own Envoy may hear of it, before subsets go."""


@dataclass(eq=False)
class Ejecting:
    """Of one service."""

    cluster: Cluster
    options: IstioOptions
    owner: str
    probing: Probing

    async def handed_back(self) -> str:
        """Destinations are as they were, and what Shipway made beside them is gone. Raises `PortError`.

        What was written for a version that was never reached goes too, though no user was moved for it.
        """
        name, wishes = self.options.virtual_service, Wishes(self.cluster, self.owner)
        wish, there, rule = await asyncio.gather(
            wishes.read(),
            self.cluster.read(VIRTUAL_SERVICE, name),
            self.cluster.read(DESTINATION_RULE, self.options.destination_rule),
        )
        if wish is None or there is None or rule is None:
            return f"VirtualService {name} was never moved"
        is_moved = choosing.is_moved(there, rule, self.options)
        if not (is_moved or wish.before or fencing.generation(there)):
            return f"VirtualService {name} was never moved"
        require(
            bool(wish.before),
            f"it is not known what VirtualService {name} was before",
            "Write both objects as they are to be, without what is named `shipway`.",
        )
        was: Object = dict(wish.before["virtual_service"])
        if is_moved:
            await self._require_served(wish, was, rule)
            await self._taken_up(wish, there, was)
        await put_back(self.cluster, VIRTUAL_SERVICE, name, self._as_before(was))
        await asyncio.sleep(SIDECARS_SECONDS)
        await put_back(self.cluster, DESTINATION_RULE, self.options.destination_rule, subsets.without_own)
        await self.cluster.delete(VIRTUAL_SERVICE, rules.preview_name(self.options))
        await self.cluster.delete(CONFIG_MAP, wishes.name)
        return f"VirtualService {name} and DestinationRule {self.options.destination_rule}: as they were"

    def _as_before(self, was: Object) -> Any:
        return lambda spec: {**spec, "http": rules.handed({"spec": spec}, was, self.options)}

    async def _require_served(self, wish: Wish, was: Object, rule: Object) -> None:
        """Destinations of before have to send to the pods that serve, and to no others."""
        serving = {marks.label_of(name) for name, share in wish.route.shares.items() if share}
        chosen = f"kubernetes.io/service-name={subsets.service_of(rule)}"
        pods, slices = await asyncio.gather(
            self.cluster.list(POD, marks.selector(self.owner)), self.cluster.list(ENDPOINT_SLICE, chosen)
        )
        known = {str(one["metadata"]["name"]): one["metadata"].get("labels") or {} for one in pods}
        served = backends.served(slices)
        targets = choosing.route_of(was, self.options)["route"]
        for target in (one for one in targets if len(targets) == 1 or one.get("weight")):
            name = target["destination"].get("subset")
            found = _selected(served, known, subsets.labels_of(rule, name))
            require(
                found == serving and bool(found),
                f"subset {name} of DestinationRule {self.options.destination_rule}, the destination of before, "
                "does not send to the pods that serve",
                f"Give the Deployment's pods its labels, or change the subset: {subsets.labels_of(rule, name)}.",
            )

    async def _taken_up(self, wish: Wish, there: Object, was: Object) -> None:
        """The destinations are written as before beside a last answer, which the gateway is asked for."""
        last = replace(wish, route_generation=wish.route_generation + 1)
        routes = rules.handed(there, was, self.options)
        answer = rules.last_answer(self.options, last, routes[0], self.owner)
        http = [answer, *self._probes(there), *routes]
        await self.cluster.apply(VIRTUAL_SERVICE, rules.moved(there, last.route_generation, http))
        host = host_of(there["spec"].get("hosts"))

        async def has_followed() -> bool:
            return not await self.probing.problem(last, host)

        await until(has_followed, "the gateway has taken it up")

    def _probes(self, there: Object) -> list[Object]:
        return [
            one for one in there["spec"]["http"] if str(one.get("name", "")).startswith(f"{choosing.OWN}probe")
        ]


def _selected(
    served: frozenset[str], known: Mapping[str, Mapping[str, str]], labels: Mapping[str, str] | None
) -> set[str | None]:
    """Revisions of the host's pods with these labels; none for a pod that is not Shipway's."""
    if labels is None:
        return set()
    if not labels:
        return {known.get(name, {}).get(marks.REVISION) for name in served}
    chosen = [known[name] for name in served if name in known and labels.items() <= known[name].items()]
    return {one.get(marks.REVISION) for one in chosen}
