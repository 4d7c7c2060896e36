"""TLS in Envoy's words (envoyproxy.io, extensions.transport_sockets.tls.v3).

Certificate and key are one resource in one file that Envoy watches, so both are swapped at once and no connection
is cut: those that are open keep the certificate that they began with.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from shipway.adapters.traffic._certificates import Pair
from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic.envoy.bootstrap import watched
from shipway.adapters.traffic.envoy.files import Json, Response
from shipway.adapters.traffic.envoy.places import Home

EXTENSIONS = "type.googleapis.com/envoy.extensions"
TYPES = f"{EXTENSIONS}.transport_sockets.tls.v3"
PROTOCOLS = ("h2", "http/1.1")
"""Offered by ALPN, the better one first."""
VERSIONS = {"1.2": "TLSv1_2", "1.3": "TLSv1_3"}


def transport_socket(home: Home, tls: Tls) -> Json:
    """What a chain of filters speaks TLS with."""
    source = {"name": home.certificate_name(tls), "sds_config": watched(home.certificate(tls))}
    context = {
        "@type": f"{TYPES}.DownstreamTlsContext",
        "common_tls_context": {
            "alpn_protocols": list(PROTOCOLS),
            "tls_params": {"tls_minimum_protocol_version": VERSIONS[tls.min_version]},
            "tls_certificate_sds_secret_configs": [source],
        },
    }
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}


def inspector() -> Json:
    """Reads the name that a client asks for before the handshake (SNI)."""
    return {
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config": {"@type": f"{EXTENSIONS}.filters.listener.tls_inspector.v3.TlsInspector"},
    }


def secret(name: str, pair: Pair) -> Json:
    """The pair as a resource."""
    certificate = {"inline_string": pair.chain}
    return {
        "@type": f"{TYPES}.Secret",
        "name": name,
        "tls_certificate": {"certificate_chain": certificate, "private_key": {"inline_string": pair.key}},
    }


class _Text(Struct, frozen=True):
    inline_string: str = ""


class _Certificate(Struct, frozen=True):
    certificate_chain: _Text = _Text()


class _Secret(Struct, frozen=True):
    tls_certificate: _Certificate = _Certificate()


def chain_of(written: Response | None) -> str:
    """The chain in a file that was handed to Envoy; empty where there is none."""
    resources: Sequence[Json] = written.resources if written else ()
    found = [msgspec.convert(resource, _Secret) for resource in resources]
    return found[0].tls_certificate.certificate_chain.inline_string if found else ""
