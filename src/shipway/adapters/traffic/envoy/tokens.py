"""Verified tokens in Envoy's words (envoyproxy.io, extensions.filters.http.jwt_authn.v3).

A token counts only if its signature, issuer, audience and times hold; else the request goes on as one without.
Its claims become metadata of the request, which no client can send. The filter's configuration is in a file of its
own, so that new keys cut no connection.
"""

from collections.abc import Iterator

from shipway.adapters.traffic.envoy.bootstrap import seconds, watched
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.options import Tokens, split_url
from shipway.adapters.traffic.envoy.places import Service

EXTENSION = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
FILTER = "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
METADATA, CLAIMS, PROVIDER = "envoy.filters.http.jwt_authn", "claims", "tokens"
REMOTE_SECONDS, REMOTE_KEEP_SECONDS = 5.0, 300.0
"""How long an address may take to answer, and how long its keys are used before it is asked again."""
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
"""Where systems keep the certificates that they trust; the first that is there is used."""


def token_filter(service: Service) -> Json:
    """What stands before the router: its configuration is in the service's file."""
    source = {"config_source": watched(service.tokens), "type_urls": [FILTER]}
    return {"name": service.tokens_name, "config_discovery": source}


def configuration(service: Service, tokens: Tokens, keys: str) -> Json:
    """The resource in that file; `keys` is the JWKS where it is a file."""
    provider: dict[str, object] = {
        "issuer": tokens.issuer,
        "forward": True,
        "payload_in_metadata": CLAIMS,
        "clear_route_cache": True,
        "from_headers": [{"name": "Authorization", "value_prefix": "Bearer "}],
        **({"audiences": list(tokens.audiences)} if tokens.audiences else {}),
        **({"from_cookies": [tokens.cookie]} if tokens.cookie else {}),
        **_source(service, tokens, keys),
    }
    either = {"requirements": [{"provider_name": PROVIDER}, {"allow_missing_or_failed": {}}]}
    rules = [{"match": {"prefix": "/"}, "requires": {"requires_any": either}}]
    filter = {"@type": FILTER, "providers": {PROVIDER: provider}, "rules": rules}
    return {"@type": EXTENSION, "name": service.tokens_name, "typed_config": filter}


def _source(service: Service, tokens: Tokens, keys: str) -> Json:
    if not tokens.is_remote:
        return {"local_jwks": {"inline_string": keys}}
    uri = {"uri": tokens.jwks, "cluster": service.keys_cluster, "timeout": seconds(REMOTE_SECONDS)}
    fetch = {
        "http_uri": uri,
        "cache_duration": seconds(REMOTE_KEEP_SECONDS),
        "async_fetch": {"fast_listener": True},
    }
    return {"remote_jwks": fetch}


def keys_cluster(service: Service, tokens: Tokens, authorities: str) -> Iterator[Json]:
    """Where remote keys are asked for; `authorities` is the file of certificates that this machine trusts."""
    if not tokens.is_remote:
        return
    host, port, is_encrypted = split_url(tokens.jwks)
    address = {"socket_address": {"address": host, "port_value": port}}
    validation = {
        "trusted_ca": {"filename": authorities},
        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}],
    }
    context = {"@type": TLS, "sni": host, "common_tls_context": {"validation_context": validation}}
    encrypted = {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": context}}
    yield {
        "@type": CLUSTER,
        "name": service.keys_cluster,
        "type": "LOGICAL_DNS",
        "connect_timeout": seconds(REMOTE_SECONDS),
        "load_assignment": {
            "cluster_name": service.keys_cluster,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
        **(encrypted if is_encrypted else {}),
    }


def claim_match(name: str, value: str) -> Json:
    """The claim is this text, number or truth value, or a list that has it."""
    text: Json = {"string_match": {"exact": value}}
    matchers = [text, *_plain(value), {"list_match": {"one_of": text}}]
    return {
        "filter": METADATA,
        "path": [{"key": CLAIMS}, {"key": name}],
        "value": {"or_match": {"value_matchers": matchers}},
    }


def _plain(value: str) -> Iterator[Json]:
    if value in ("true", "false"):
        yield {"bool_match": value == "true"}
    elif value.removeprefix("-").replace(".", "", 1).isdecimal():
        yield {"double_match": {"exact": float(value)}}
