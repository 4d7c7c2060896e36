"""Certificates as nginx reads them: at each handshake, by a variable, so that a renewed one needs no reload
(nginx.org, ngx_http_ssl_module, `ssl_certificate`)."""

import functools
from collections.abc import Collection, Iterator
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._keys import leave_only, unnamed
from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic._pems import pem
from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.state import states
from shipway.adapters.traffic.nginx.words import block, quoted

HANDSHAKE_SECONDS = 60.0
"""That nginx waits for a client's (`client_header_timeout`). It reads the key during it, in former workers too."""
PROTOCOLS = {"1.2": "TLSv1.2 TLSv1.3", "1.3": "TLSv1.3"}


def required(home: Home, options: NginxOptions) -> None:
    """Have a certificate for a server that is about to need it. Raises `PortError` where there is none."""
    if options.tls and not home.certificate(options.tls).exists():
        _write(home, options.tls, pem(certificates.read(options.tls)))


def renew(home: Home, options: NginxOptions, *, now: float) -> None:
    """Take up what the files hold. Raises `PortError` for what cannot be served; the former one stays."""
    if options.tls is None:
        return
    pair = certificates.read(options.tls)
    certificates.require_valid(pair, options.tls, host=options.host, now=now)
    if durable.read(home.certificate(options.tls)) != pem(pair):
        _write(home, options.tls, pem(pair))


def forget(home: Home) -> None:
    """Remove keys that no service is served with. Waits for nobody where there are none."""
    named = functools.partial(_named, home)
    if unnamed(home.certificates, named):
        with durable.locked(home.lock):
            leave_only(home.certificates, named)


def _named(home: Home) -> Collection[Path]:
    return {home.certificate(state.options.tls) for _, state in states(home) if state.options.tls}


def forget_former(home: Home, *, now: float) -> None:
    """The same, once nobody can be in a handshake that began with the configuration of before."""
    if home.configuration.exists() and now - home.configuration.stat().st_mtime > HANDSHAKE_SECONDS:
        forget(home)


def _write(home: Home, tls: Tls, content: bytes) -> None:
    durable.directory(home.certificates)
    durable.replace(home.certificate(tls), content)


def variable(number: int) -> str:
    """With the path of a service's certificate."""
    return f"$certificate_{number}"


def named(home: Home, number: int, tls: Tls) -> Iterator[str]:
    """The variable's definition."""
    yield from block(f'map "" {variable(number)}', [f"default {quoted(str(home.certificate(tls)))};"])


def of_server(number: int, tls: Tls) -> Iterator[str]:
    """What a server that speaks TLS has more."""
    yield f"ssl_certificate {variable(number)};"
    yield f"ssl_certificate_key {variable(number)};"
    yield f"ssl_protocols {PROTOCOLS[tls.min_version]};"
    yield "ssl_session_tickets off;"


def redirect(address: str, options: NginxOptions) -> list[str]:
    """Plain HTTP is answered with the address that has TLS. No connection is kept, so a reload closes none that a
    client may just use."""
    port = options.listen.rpartition(":")[2]
    at = "" if port == "443" else f":{port}"
    answer = block("location /", ["keepalive_timeout 0;", f"return 308 https://$host{at}$request_uri;"])
    return block("server", [f"listen {address};", *answer])
