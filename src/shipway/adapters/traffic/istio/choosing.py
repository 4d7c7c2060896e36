"""Which http route of a VirtualService is the one, and what it sends to. Pure."""

from collections.abc import Sequence
from typing import Any

from shipway.adapters.traffic.istio import subsets
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.adapters.traffic.istio.refusing import NotByIstio, require

Object = dict[str, Any]
OWN = "shipway.dev/"
"""The names of Shipway's own http routes begin with it."""


def of_user(http: Sequence[Object]) -> list[Object]:
    """Http routes that are not Shipway's."""
    return [one for one in http if not str(one.get("name", "")).startswith(OWN)]


def chosen(service: Object, options: IstioOptions) -> int:
    """The place among the user's own. Raises `NotByIstio` where that is not clear.

    Where none is named, one that sends to versions already is meant, though the user added others since.
    """
    routes = of_user(service["spec"].get("http") or ())
    moved = [number for number, one in enumerate(routes) if _subsets(one) & _versions(service)]
    for clear in (range(len(routes)), moved) if not options.route else ():
        if len(clear) == 1:
            return clear[0]
    named = [number for number, one in enumerate(routes) if options.route in (one.get("name"), str(number))]
    if len(named) == 1:
        return named[0]
    known = ", ".join(str(one.get("name") or number) for number, one in enumerate(routes)) or "none"
    raise NotByIstio(
        f"VirtualService {options.virtual_service} has no http route {options.route}"
        if options.route
        else f"it is not said which http route of VirtualService {options.virtual_service}",
        where="traffic.istio.route",
        why=f"It has {known}.",
        fix="Write `route:` with one of these names or numbers.",
    )


def _versions(service: Object) -> set[str]:
    """Subsets that are Shipway's, by the probes of them."""
    probes = [one for one in service["spec"]["http"] if str(one.get("name", "")).startswith(f"{OWN}probe")]
    return {subsets.NOBODY}.union(*map(_subsets, probes))


def _subsets(http: Object) -> set[str]:
    return {str(one["destination"].get("subset")) for one in http.get("route") or ()}


def route_of(service: Object, options: IstioOptions) -> Object:
    """The one itself."""
    found: Object = of_user(service["spec"].get("http") or ())[chosen(service, options)]
    return found


def is_moved(service: Object, rule: Object, options: IstioOptions) -> bool:
    """Whether its destinations are Shipway's already; until a version was reached they are the user's."""
    own = {subsets.NOBODY, *subsets.names_of_own(rule)}
    return bool(_subsets(route_of(service, options)) & own)


def check(service: Object, rule: Object, options: IstioOptions) -> None:
    """Raises `NotByIstio` for a VirtualService whose requests do not all go to the rule's host."""
    name = options.virtual_service
    require(
        bool(service["spec"].get("hosts")),
        f"VirtualService {name} has no hosts",
        why="Another one delegates to it, and says which requests come.",
        fix="Name one with hosts.",
    )
    sent: Sequence[Object] = route_of(service, options).get("route") or ()
    targets = [one["destination"] for one in sent]
    require(
        bool(targets),
        f"the http route of VirtualService {name} sends requests to no version",
        why="It redirects, delegates or answers by itself.",
        fix="Name one that has a `route` to your Service.",
        at="route",
    )
    hosts = sorted({str(one["host"]).partition(".")[0] for one in targets})
    of_rule = subsets.service_of(rule)
    require(
        hosts == [of_rule],
        f"VirtualService {name} sends to {', '.join(hosts)}, and DestinationRule {options.destination_rule} "
        f"is of {of_rule}",
        why="Versions are told apart by subsets of one host.",
        fix="Name the DestinationRule of that host.",
        at="destination_rule",
    )
    require(
        all(_beside(one) == _beside(sent[0]) for one in sent),
        f"destinations of VirtualService {name} differ in more than subset and weight",
        why="Each version gets one like yours, and it is not clear which.",
        fix="Give all of them the same port and headers.",
        at="route",
    )


def _beside(sent: Object) -> Object:
    """All that stays as versions change."""
    target = {key: value for key, value in sent["destination"].items() if key != "subset"}
    return {**{key: value for key, value in sent.items() if key != "weight"}, "destination": target}


def check_subsets(service: Object, rule: Object, options: IstioOptions) -> None:
    """Raises `NotByIstio` for a subset that is named and not defined."""
    for target in (one["destination"] for one in route_of(service, options)["route"]):
        name = target.get("subset")
        require(
            subsets.labels_of(rule, name) is not None,
            f"DestinationRule {options.destination_rule} has no subset {name}",
            why=f"VirtualService {options.virtual_service} sends requests to it: the mesh answers them with 503.",
            fix=f"Add `{{name: {name}, labels: {{version: {name}}}}}` to its subsets.",
            at="destination_rule",
        )
