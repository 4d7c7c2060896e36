"""Encryption of users' connections, and the name that it is for."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from shipway.spec.fields import Section, Text
from shipway.spec.problems import Wrong
from shipway.spec.traffic.listening import Public, port_of
from shipway.spec.units import quoted, text_of

HOST = (
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)


def _host(name: str) -> str:
    if re.fullmatch(HOST, name, re.ASCII):
        return name.lower()
    raise Wrong(
        f"{quoted(name)} is not a host",
        why="It is the name under which users reach the service, without https:// and without a port.",
        fix="Write one such as mail.example.com.",
    )


Host = Annotated[Text, AfterValidator(_host), WithJsonSchema({"type": "string", "pattern": HOST})]
MinVersion = Annotated[
    Literal["1.2", "1.3"],
    BeforeValidator(text_of),
    WithJsonSchema({"type": ["string", "number"], "enum": ["1.2", "1.3", 1.2, 1.3]}),
]


class Tls(Section):
    """Encryption of users' connections."""

    cert: Text = Field(examples=["certificates/fullchain.pem"])
    key: Text = Field(examples=["certificates/privkey.pem"])
    min_version: MinVersion = "1.2"
    redirect_from: Public | None = None


def require_certified(tls: Tls | None, host: str | None) -> None:
    """Raises `Wrong` for a name that nothing looks at: a service with ports of its own answers under every one."""
    if host and tls is None:
        raise Wrong(
            "`host` without `tls` says nothing",
            why="A service has ports of its own here, and answers under every name; a certificate is for one.",
            fix="Remove it, add `tls`, or write `traffic: {envoy: …}`, where names share a port.",
            at=("host",),
        )


def require_redirect_apart(tls: Tls | None, listen: str, preview: str | None) -> None:
    """Raises `Wrong` for a redirect from a port that serves."""
    redirect = tls.redirect_from if tls else None
    if redirect and port_of(redirect) in (port_of(listen), port_of(preview or "")):
        raise Wrong(
            "plain HTTP is redirected from a port that serves already",
            why="The address with TLS and the one that leads to it are two.",
            fix="Give redirect_from another port, for example 80.",
            at=("tls", "redirect_from"),
        )
