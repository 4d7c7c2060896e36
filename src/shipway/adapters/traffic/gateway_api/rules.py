"""From a route to the rules of HTTPRoutes. Pure.

https://gateway-api.sigs.k8s.io/reference/spec/#httproute
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.probing import PROBE_HEADER, PROBE_PATH, answer, probe_word
from shipway.adapters.traffic._kubernetes.revision_services import PORT, name_of
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.gateway_api import copies
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, UserRule
from shipway.model.share import TOTAL

Object = dict[str, Any]
EVERY_PATH = {"path": {"type": "PathPrefix", "value": "/"}}


class NotByGateway(PortError):
    """The Gateway API cannot do what the release asks for."""

    code = "way-in-cannot"
    needs_person = True


def check(route: Route) -> None:
    """Raises `NotByGateway` for users that stay on one version, and for claims."""
    asked = {
        "users that stay on one version": route.sticky,
        "claims of tokens": [rule for rule in route.users if rule.kind == "claim"],
    }
    for what, value in asked.items():
        if value:
            raise NotByGateway(
                f"the Gateway API has no {what}",
                where="traffic.gateway_api",
                why="The release asks for them.",
                fix="Leave it out, or write `traffic: {envoy: …}`.",
            )


def missing(name: str) -> NotByGateway:
    """There is no such HTTPRoute."""
    return NotByGateway(
        f"there is no HTTPRoute {name}",
        where="traffic.gateway_api.route",
        why="Shipway moves the weights of an HTTPRoute that you have; it makes none.",
        fix="`kubectl apply` its manifest, or write another `route`.",
    )


def kept(route: Object) -> Object:
    """What is needed to put it back, or to make it again; nothing where its backends are Shipway's already."""
    if generation(route):
        return {}
    named = ("name", "labels", "annotations")
    metadata = {key: route["metadata"][key] for key in named if key in route["metadata"]}
    return {"metadata": metadata, "spec": route["spec"]}


generation = fencing.generation


def again(before: Mapping[str, Any]) -> Object:
    """The user's own, where it was deleted."""
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", **before}


def chosen(route: Object, options: GatewayOptions) -> int:
    """Which of the user's rules is the one. Raises `NotByGateway` where that is not clear."""
    rules: Sequence[Object] = route["spec"].get("rules") or ()
    if not options.rule and len(rules) == 1:
        return 0
    named = [number for number, rule in enumerate(rules) if options.rule in (rule.get("name"), str(number))]
    if len(named) == 1:
        return named[0]
    known = ", ".join(str(rule.get("name") or number) for number, rule in enumerate(rules)) or "none"
    raise NotByGateway(
        f"HTTPRoute {options.route} has no rule {options.rule}"
        if options.rule
        else f"it is not said which rule of HTTPRoute {options.route}",
        where="traffic.gateway_api.rule",
        why=f"It has {known}.",
        fix="Write `rule:` with one of these names or numbers.",
    )


def backends_before(before: Object, options: GatewayOptions) -> list[Object]:
    """Of the user's rule, wherever it stood when Shipway first saw it. Raises `NotByGateway`."""
    return list(before["spec"]["rules"][chosen(before, options)].get("backendRefs") or [])


def moved(route: Object, owner: str, options: GatewayOptions, wish: Wish) -> Object:
    """What is applied to the user's: the backends of one rule, and which intent it is of."""
    metadata = {
        "name": options.route,
        "resourceVersion": route["metadata"]["resourceVersion"],
        "annotations": {marks.GENERATION: str(wish.route_generation)},
    }
    spec: Object = {}
    if wish.has_served:
        moved = with_backends(route["spec"], chosen(route, options), backends(owner, wish.route))
        spec = {"rules": moved["rules"]}
    return _route(metadata, spec)


def remade(before: Object, owner: str, options: GatewayOptions, wish: Wish) -> Object:
    """The user's, where it was deleted: as it was, but for what the intent says."""
    spec = before["spec"]
    if wish.has_served:
        spec = with_backends(spec, chosen(before, options), backends(owner, wish.route))
    return fencing.marked({**before, "spec": spec}, wish.route_generation)


def with_backends(spec: Object, number: int, wanted: Sequence[Object]) -> Object:
    """The user's, of whose rules one has other backends."""
    made = deepcopy(spec)
    made["rules"][number]["backendRefs"] = list(wanted)
    return made


def backends(owner: str, route: Route) -> list[Object]:
    """With weights that are the shares."""
    shares = {name: share for name, share in sorted(route.shares.items()) if share}
    unit = 1000 if not any(share % 1000 for share in shares.values()) else 1
    if list(shares.values()) == [TOTAL]:
        unit = TOTAL
    return [_backend(owner, revision, share // unit) for revision, share in shares.items()]


def _backend(owner: str, revision: RevisionId, weight: int = 1) -> Object:
    """As the API server completes it, so that what is read can be compared."""
    return {"group": "", "kind": "Service", "name": name_of(owner, revision), "port": PORT, "weight": weight}


def own(route: Object, owner: str, options: GatewayOptions, wish: Wish, token: str) -> Object:
    """Shipway's own HTTPRoute beside the user's: chosen users, copies, and what is asked to see what was taken up.

    Its rules look at headers or methods, so they come before the user's, which stay as they are.
    """
    rule = route["spec"]["rules"][chosen(route, options)]
    made = [_sentinel(token, wish.route_generation), *_probes(owner, options, wish, token)]
    made += [_for_users(rule, owner, user, wish.route.mirror) for user in wish.route.users]
    if wish.route.mirror and copies.matches(rule, wish.route.mirror):
        to = _backend(owner, wish.route.mirror.revision)
        made.append(copies.rule(rule, wish.route.mirror, to=to, backends=backends(owner, wish.route)))
    metadata = {"name": own_name(options), "labels": _labels(owner)}
    spec = {**_attached(route), "hostnames": route["spec"].get("hostnames") or [], "rules": made}
    return _route({**metadata, "annotations": {marks.GENERATION: str(wish.route_generation)}}, spec)


def preview(route: Object, owner: str, options: GatewayOptions, wish: Wish) -> Object:
    """A second one, with the host's name for looking at the version that has no users yet."""
    rule = deepcopy(route["spec"]["rules"][chosen(route, options)])
    rule.pop("name", None)
    rule["backendRefs"] = [_backend(owner, wish.route.preview)] if wish.route.preview else []
    metadata = {"name": preview_name(options), "labels": _labels(owner)}
    made = _route(metadata, {**_attached(route), "hostnames": [options.preview], "rules": [rule]})
    return fencing.marked(made, wish.route_generation)


def own_name(options: GatewayOptions) -> str:
    """Of Shipway's HTTPRoute."""
    return f"{options.route}-shipway"


def preview_name(options: GatewayOptions) -> str:
    """Of that for the preview."""
    return f"{options.route}-shipway-preview"


def _sentinel(token: str, generation: int) -> Object:
    """The gateway itself answers this one, as soon as it has taken up what was written before it."""
    redirect = {"hostname": answer(generation), "statusCode": 302}
    return {
        "matches": [_match({"path": {"type": "Exact", "value": PROBE_PATH}}, PROBE_HEADER, token)],
        "filters": [{"type": "RequestRedirect", "requestRedirect": redirect}],
    }


def _probes(owner: str, options: GatewayOptions, wish: Wish, token: str) -> Iterator[Object]:
    for revision in sorted(name for name, share in wish.route.shares.items() if share):
        path = {"path": {"type": "Exact", "value": options.health.path}}
        yield {
            "matches": [_match(path, PROBE_HEADER, probe_word(token, revision))],
            "backendRefs": [_backend(owner, revision)],
        }


def _for_users(rule: Object, owner: str, user: UserRule, mirror: Mirror | None) -> Object:
    """As the user's rule, for requests that also have this header or cookie.

    The rule of copies names methods, which come before headers: so this one names them too.
    """
    made = {key: deepcopy(value) for key, value in rule.items() if key not in ("name", "backendRefs")}
    plain, named = rule.get("matches") or [EVERY_PATH], copies.matches(rule, mirror) if mirror else []
    matches = [*named, *(match for match in plain if match not in named)]
    made["matches"] = [_told_apart(match, user) for match in matches]
    made["backendRefs"] = [_backend(owner, user.revision)]
    return made


def _told_apart(match: Object, user: UserRule) -> Object:
    if user.kind == "cookie":
        pattern = f"^(.*; ?)?{re.escape(user.name)}={re.escape(user.value)}(;.*)?$"
        return _match(match, "cookie", pattern, type="RegularExpression")
    return _match(match, user.name, user.value)


def _match(match: Object, name: str, value: str, *, type: str = "Exact") -> Object:
    return {**match, "headers": [*match.get("headers", ()), {"type": type, "name": name, "value": value}]}


def _attached(route: Object) -> Object:
    return {"parentRefs": deepcopy(route["spec"].get("parentRefs") or [])}


def _labels(owner: str) -> dict[str, str]:
    return {marks.SERVICE: marks.label_of(owner), marks.MANAGED_BY: "shipway"}


def _route(metadata: Object, spec: Object) -> Object:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        **({"spec": spec} if spec else {}),
    }
