"""From a `Route` to Envoy's route configuration (envoyproxy.io, config.route.v3).

The total of the weights is constant. A user who stays is hashed (xxHash64 of the cookie or header, modulo the
total) to a place on a line from 0 to the total, and the newest revision lies at its start: as it grows,
it only gains users.

Fields are written as Envoy prints them, with none that has its default value: what runs can then be
compared with what was written.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from shipway.adapters.traffic.envoy.bootstrap import seconds
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.options import EnvoyOptions, Retries
from shipway.adapters.traffic.envoy.places import Service, Use
from shipway.adapters.traffic.envoy.tokens import claim_match
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share

TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
METADATA = "shipway"
NOTHING_DEPLOYED = "shipway: nothing is deployed yet\n"
NO_PREVIEW = "shipway: no version is in preview\n"
RETRY_ON = "connect-failure,refused-stream,reset-before-request"
"""Only where the replica cannot have seen the request: nothing takes effect twice."""
USER_ID = "x-request-id"
MIRROR_UNIT = 1_000_000 // TOTAL
COPY_HEADER = "x-shipway-mirror"
"""Only copies have it: a request that comes with it loses it."""


class Routes:
    """Writes the routes of one service."""

    def __init__(self, service: Service, options: EnvoyOptions, *, generation: int) -> None:
        self.service, self.options, self.generation = service, options, generation

    def users(self, route: Route, order: Sequence[RevisionId]) -> Json:
        """The route configuration of the service's own listener; it carries the `Route` that it was made of.

        The generation is part of it: Envoy overlooks a new version of equal content.
        """
        rules = [*(self._rule(rule) for rule in route.users), *self._everyone(route, order)]
        if route.mirror and route.mirror.share:
            rules = [each for rule in rules for each in self._copied(rule, route.mirror)]
        host: dict[str, object] = {"name": self.service.name, "domains": ["*"], "routes": rules}
        made_of = {METADATA: {"generation": str(self.generation), "route": _text(route)}}
        return {**_configuration(self.service.name, host), "metadata": {"filter_metadata": made_of}}

    def preview(self, route: Route) -> Json:
        """The route configuration of the preview's listener."""
        to = self._all_to(route.preview, Use.PREVIEW) if route.preview else _refusal(NO_PREVIEW)
        host = {"name": self.service.preview_name, "domains": ["*"], "routes": [to]}
        return _configuration(self.service.preview_name, host)

    def _everyone(self, route: Route, order: Sequence[RevisionId]) -> Iterator[Json]:
        shares = {revision: route.shares[revision] for revision in order if route.shares.get(revision)}
        if not shares:
            yield _refusal(NOTHING_DEPLOYED)
        elif len(shares) == 1:
            yield self._all_to(next(iter(shares)))
        elif route.sticky is None:
            yield self._split(shares)
        elif route.sticky.kind == "header":
            yield self._split(shares, hashed_by=_header_hash(route.sticky.name))
        else:
            yield from self._split_by_cookie(shares, route.sticky)

    def _split_by_cookie(self, shares: Mapping[RevisionId, Share], sticky: Sticky) -> Iterator[Json]:
        """Who has the cookie is placed by it; who has none is placed by a new id, which becomes the cookie."""
        present = {"name": sticky.name, "string_match": {"safe_regex": {"regex": ".+"}}}
        known = self._split(shares, hashed_by={"cookie": {"name": sticky.name}})
        yield {**known, "match": {"prefix": "/", "cookies": [present]}}
        new = self._split(shares, hashed_by=_header_hash(USER_ID))
        yield {**new, "response_headers_to_add": [self._cookie(sticky.name)]}

    def _cookie(self, name: str) -> Json:
        keep = f"Path=/; Max-Age={self.options.sticky_seconds}; HttpOnly; SameSite=Lax"
        return {"header": {"key": "set-cookie", "value": f"{name}=%REQ({USER_ID})%; {keep}"}}

    def _rule(self, rule: UserRule) -> Json:
        if rule.kind == "claim":
            claims = {"prefix": "/", "dynamic_metadata": [claim_match(rule.name, rule.value)]}
            return {**self._all_to(rule.revision), "match": claims}
        matcher = {"name": rule.name, "string_match": {"exact": rule.value}}
        match: dict[str, object] = {"prefix": "/", f"{rule.kind}s": [matcher]}
        return {**self._all_to(rule.revision), "match": match}

    def _all_to(self, revision: RevisionId, use: Use = Use.USERS) -> Json:
        action = {"cluster": self.service.cluster(revision, use), **self._terms()}
        return {"match": {"prefix": "/"}, "route": action, **self._named(revision)}

    def _split(self, shares: Mapping[RevisionId, Share], hashed_by: Json | None = None) -> Json:
        weighted: dict[str, object] = {"clusters": [self._weighted(*item) for item in shares.items()]}
        action: dict[str, object] = {"weighted_clusters": weighted, **self._terms()}
        if hashed_by:
            weighted["use_hash_policy"] = True
            action["hash_policy"] = [hashed_by]
        return {"match": {"prefix": "/"}, "route": action}

    def _weighted(self, revision: RevisionId, share: Share) -> Json:
        return {"name": self.service.cluster(revision), "weight": share, **self._named(revision)}

    def _named(self, revision: RevisionId) -> Json:
        if not self.options.revision_header:
            return {}
        header = {"key": self.options.revision_header, "value": revision}
        return {"response_headers_to_add": [{"header": header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}]}

    def _terms(self) -> Json:
        """No limit on how long an answer takes, and what may be sent again."""
        return {"timeout": "0s", "retry_policy": _retry_policy(self.options.retries)}

    def _copied(self, rule: Json, mirror: Mirror) -> Iterator[Json]:
        """The rule with copies, for requests that may be copied, before the rule for the others.

        Users' answers to requests that may be copied are counted apart, so that both versions' answers to the same
        kind of request can be compared. Envoy copies no upgrades, so they are none of these.
        """
        if "route" in rule:
            match = msgspec.convert(rule["match"], dict[str, object])
            known = msgspec.convert(match.get("headers", []), list[dict[str, object]])
            action = msgspec.convert(rule["route"], dict[str, object])
            yield {
                **rule,
                "match": {**match, "headers": [*known, *_may_be_copied(mirror)]},
                "route": {**action, "request_mirror_policies": [self._mirror(mirror)]},
                "stat_prefix": self.service.copied_name,
            }
        yield rule

    def _mirror(self, mirror: Mirror) -> Json:
        """The copy keeps its host: servers that serve named hosts only would refuse Envoy's `…-shadow`."""
        fraction = {"numerator": mirror.share * MIRROR_UNIT, "denominator": "MILLION"}
        mark = {"header": {"key": COPY_HEADER, "value": "true"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        return {
            "cluster": self.service.cluster(mirror.revision, Use.SHADOW),
            "runtime_fraction": {"default_value": fraction},
            "disable_shadow_host_suffix_append": True,
            "request_headers_mutations": [{"append": mark}],
        }


def _may_be_copied(mirror: Mirror) -> Iterator[Json]:
    if mirror.methods:
        methods = {"safe_regex": {"regex": "|".join(mirror.methods)}}
        yield {"name": ":method", "string_match": methods}
    yield {"name": "upgrade", "present_match": True, "invert_match": True}


def _configuration(name: str, host: Json) -> Json:
    return {"@type": TYPE, "name": name, "virtual_hosts": [host], "request_headers_to_remove": [COPY_HEADER]}


def _text(route: Route) -> str:
    return msgspec.json.encode(route, order="sorted").decode()


def _retry_policy(retries: Retries) -> Json:
    other_replica = {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
        },
    }
    return {
        "retry_on": RETRY_ON,
        "num_retries": retries.attempts_max,
        "retry_host_predicate": [other_replica],
        "host_selection_retry_max_attempts": "5",
        "retry_back_off": {
            "base_interval": seconds(retries.wait_seconds),
            "max_interval": seconds(retries.wait_seconds_max),
        },
    }


def _refusal(text: str) -> Json:
    return {"match": {"prefix": "/"}, "direct_response": {"status": 503, "body": {"inline_string": text}}}


def _header_hash(name: str) -> Json:
    return {"header": {"header_name": name}}
