"""From a route to the http routes of a VirtualService. Pure.

https://istio.io/latest/docs/reference/config/networking/virtual-service/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.probing import PROBE_HEADER, PROBE_PATH, answer, probe_word
from shipway.adapters.traffic._kubernetes.revision_services import name_of, named_by
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio import subsets
from shipway.adapters.traffic.istio.choosing import OWN, chosen, of_user, route_of
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.adapters.traffic.istio.refusing import NotByIstio
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, UserRule

Object = dict[str, Any]


def known(wish: Wish) -> tuple[RevisionId, ...]:
    """Every revision that requests may go to by this intent, or went to just before: a way back is short."""
    formers = {name for shares in wish.formers for name, share in shares.items() if share}
    return tuple(sorted({*named_by(wish.route), *formers}))


def http(service: Object, owner: str, options: IstioOptions, wish: Wish) -> list[Object]:
    """The user's, of which one has other destinations; before it are those for chosen users and for copies, and
    before all of them those that answer probes."""
    routes, number = deepcopy(of_user(service["spec"]["http"])), chosen(service, options)
    rule = routes[number]
    if wish.has_served:
        rule = {**rule, "route": destinations(rule, owner, wish.route)}
    special = [_for_users(rule, owner, user, place) for place, user in enumerate(wish.route.users)]
    if wish.route.mirror:
        special.append(_copied(rule, owner, wish.route.mirror))
    asked = _probes(rule, owner, options, wish)
    return [*asked, *routes[:number], *special, rule, *routes[number + 1 :]]


def held(service: Object, owner: str, options: IstioOptions, wish: Wish) -> list[Object]:
    """As it is, but for probes of every revision that is `known`: they show whether the mesh has its subset."""
    own = [one for one in service["spec"]["http"] if not str(one.get("name", "")).startswith(f"{OWN}probe")]
    probes = [one for one in _probes(route_of(service, options), owner, options, wish) if "redirect" not in one]
    return deepcopy([*probes, *own])


def _probes(rule: Object, owner: str, options: IstioOptions, wish: Wish) -> Iterator[Object]:
    """The mesh itself answers the first one as soon as it has taken up what was written with it."""
    yield {
        "name": f"{OWN}answer",
        "match": [_probe(PROBE_PATH, wish.token)],
        "redirect": {"authority": answer(wish.route_generation), "redirectCode": 302},
    }
    for revision in known(wish):
        yield {
            "name": f"{OWN}probe/{marks.label_of(revision)}",
            "match": [_probe(options.health.path, probe_word(wish.token, revision))],
            "route": [_destination(rule, name_of(owner, revision))],
        }


def _probe(path: str, word: str) -> Object:
    return {"uri": {"exact": path}, "headers": {PROBE_HEADER: {"exact": word}}}


def destinations(rule: Object, owner: str, route: Route) -> list[Object]:
    """With weights that are the shares."""
    shares = {name: share for name, share in sorted(route.shares.items()) if share}
    if not shares:
        return [_destination(rule, subsets.NOBODY)]
    unit = 1000 if not any(share % 1000 for share in shares.values()) else 1
    return [_destination(rule, name_of(owner, name), share // unit) for name, share in shares.items()]


def _destination(rule: Object, subset: str, weight: int = 100) -> Object:
    """As the user's first one, whose port and headers stay."""
    first = deepcopy(rule["route"][0])
    return {**first, "destination": {**first["destination"], "subset": subset}, "weight": weight}


def _for_users(rule: Object, owner: str, user: UserRule, place: int) -> Object:
    """As the user's own, for requests that also have this header or cookie."""
    name, value = user.name.lower(), {"exact": user.value}
    if user.kind == "cookie":
        pattern = f"^(.*; ?)?{re.escape(user.name)}={re.escape(user.value)}(;.*)?$"
        name, value = "cookie", {"regex": pattern}
    matches = [_told_apart(match, name, value) for match in rule.get("match") or [{}]]
    sent = [_destination(rule, name_of(owner, user.revision))]
    return {**deepcopy(rule), "name": f"{OWN}users/{place}", "match": matches, "route": sent}


def _told_apart(match: Object, name: str, value: Object) -> Object:
    headers = match.get("headers") or {}
    if headers.get(name, value) != value:
        raise NotByIstio(
            f"the http route looks at the header {name} already",
            where="traffic.istio.route",
            why="Istio compares a header with one value only, so chosen users cannot be told apart by it too.",
            fix="Choose users by another header.",
        )
    return {**deepcopy(match), "headers": {**headers, name: value}}


def _copied(rule: Object, owner: str, mirror: Mirror) -> Object:
    """As the user's own, for requests of which copies go to a revision."""
    if rule.get("mirror"):
        raise NotByIstio(
            "the http route copies requests already",
            where="traffic.istio.mirror",
            why="Istio knows either `mirror` or `mirrors`, and yours has the former.",
            fix="Write yours below `mirrors`.",
        )
    to = _destination(rule, name_of(owner, mirror.revision))["destination"]
    copies = [*(rule.get("mirrors") or ()), {"destination": to, "percentage": {"value": mirror.share / 1000}}]
    made = {**deepcopy(rule), "name": f"{OWN}copies", "mirrors": copies}
    if mirror.methods:
        made["match"] = list(_of_methods(rule.get("match") or [{}], mirror.methods))
    return made


def _of_methods(matches: Sequence[Object], methods: Sequence[str]) -> Iterator[Object]:
    """Raises `NotByIstio` where a match is of other methods."""
    for match in matches:
        if "method" not in match:
            yield from ({**deepcopy(match), "method": {"exact": method}} for method in methods)
        elif match["method"].get("exact") in methods:
            yield deepcopy(match)
        else:
            raise NotByIstio(
                "the http route is of other methods than may be copied",
                where="traffic.istio.mirror",
                why=f"It matches the method {match['method']}; only {' and '.join(methods)} are copied.",
                fix="Write `mirror_methods: all`, or name another `route`.",
            )


def moved(service: Object, number: int, http: Sequence[Object]) -> Object:
    """What is applied to the user's: all of its http routes, and which intent it is of."""
    return _service(fencing.changing(service, number), {"http": list(http)})


def preview(service: Object, owner: str, options: IstioOptions, wish: Wish) -> Object:
    """A second one, with the host's name for looking at the version that has no users yet."""
    rule = deepcopy(route_of(service, options))
    shown = name_of(owner, wish.route.preview) if wish.route.preview else subsets.NOBODY
    rule = {**rule, "name": f"{OWN}preview", "route": [_destination(rule, shown)]}
    labels = {marks.SERVICE: marks.label_of(owner), marks.MANAGED_BY: "shipway"}
    spec = {"hosts": [options.preview], "http": [rule]}
    if service["spec"].get("gateways"):
        spec["gateways"] = list(service["spec"]["gateways"])
    made = _service({"name": preview_name(options), "labels": labels}, spec)
    return fencing.marked(made, wish.route_generation)


def preview_name(options: IstioOptions) -> str:
    """Of the VirtualService for the preview."""
    return f"{options.virtual_service}-shipway-preview"


def named_in(service: Object, owner: str, revisions: Sequence[RevisionId]) -> frozenset[RevisionId]:
    """Which of them it sends users or copies to already."""
    routes = [
        one for one in service["spec"].get("http") or () if not str(one.get("name", "")).startswith(f"{OWN}probe")
    ]
    targets = [target for one in routes for target in (*(one.get("route") or ()), *(one.get("mirrors") or ()))]
    found = {target["destination"].get("subset") for target in targets}
    return frozenset(revision for revision in revisions if name_of(owner, revision) in found)


def before(service: Object, rule: Object, options: IstioOptions) -> Mapping[str, Any]:
    """What is needed to put both back, or to make them again; nothing where Shipway changed one already."""
    if fencing.generation(service) or fencing.generation(rule):
        return {}
    first = route_of(service, options)["route"][0]["destination"]
    return {"virtual_service": _kept(service), "destination_rule": _kept(rule), "subset": first.get("subset")}


def _kept(found: Object) -> Object:
    named = ("name", "labels", "annotations")
    metadata = {key: found["metadata"][key] for key in named if key in found["metadata"]}
    return {"metadata": metadata, "spec": found["spec"]}


def again(before: Mapping[str, Any], kind: str) -> Object:
    """The user's own, where it was deleted."""
    return {"apiVersion": subsets.VERSION, "kind": kind, **before}


def handed(service: Object, was: Object, options: IstioOptions) -> list[Object]:
    """The user's http routes, of which the one has the destinations of before."""
    routes, number = deepcopy(of_user(service["spec"]["http"])), chosen(service, options)
    routes[number]["route"] = deepcopy(route_of(was, options)["route"])
    return routes


def last_answer(options: IstioOptions, wish: Wish, rule: Object, owner: str) -> Object:
    """What a probe is answered by while the VirtualService is handed back."""
    return next(_probes(rule, owner, options, wish))


def _service(metadata: Object, spec: Object) -> Object:
    return {"apiVersion": subsets.VERSION, "kind": "VirtualService", "metadata": metadata, "spec": spec}
