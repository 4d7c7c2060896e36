"""Envoy on this machine."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from shipway.spec.fields import Duration, DurationPositive, HttpName, Section, ShareField, Text
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted, text_of

EVERYWHERE = "0.0.0.0"
MIRROR_SECONDS = 900.0
HOST = (
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)
BELOW = r"^(/[A-Za-z0-9._~!$&'()+,;=:@%-]+)+$"
LOCAL = "127.0.0.1"
ADDRESS = r"^(?:([0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})$"


def port_of(address: str) -> str:
    """`8080` of `0.0.0.0:8080`."""
    return address.rpartition(":")[2]


def _address(value: object, host: str) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    found = re.fullmatch(ADDRESS, text, re.ASCII)
    if found and 0 < int(found[2]) <= 65535 and _is_ip(found[1] or host):
        return f"{found[1] or host}:{int(found[2])}"
    raise Wrong(
        f"{quoted(value)} is not a place to listen",
        why="Envoy listens on a port from 1 to 65535, or on an IP address and a port.",
        fix=f"Write 8080 or {LOCAL}:8080.",
    )


def _is_ip(host: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _public(value: object) -> str:
    return _address(value, EVERYWHERE)


def _private(value: object) -> str:
    return _address(value, LOCAL)


def _host(name: str) -> str:
    if re.fullmatch(HOST, name, re.ASCII):
        return name.lower()
    raise Wrong(
        f"{quoted(name)} is not a host",
        why="It is the name under which users reach the service, without https:// and without a port.",
        fix="Write one such as mail.example.com.",
    )


SCHEMA = {"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": ADDRESS}


Public = Annotated[str, BeforeValidator(_public), WithJsonSchema(SCHEMA)]
Host = Annotated[Text, AfterValidator(_host), WithJsonSchema({"type": "string", "pattern": HOST})]


def _below(path: str) -> str:
    if re.fullmatch(BELOW, path, re.ASCII):
        return path
    raise Wrong(
        f"{quoted(path)} is not where addresses begin",
        why="It begins with /, does not end with one, and has no spaces, questions or wildcards.",
        fix="Write /api; it stands for /api and everything below it.",
    )


Below = Annotated[Text, AfterValidator(_below), WithJsonSchema({"type": "string", "pattern": BELOW})]
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


def _jwks(place: str) -> str:
    """Keys over plain HTTP could be anybody's; on this machine they are its own."""
    parts = urlsplit(place)
    if not place.startswith("http://") or parts.hostname in (LOCAL, "localhost"):
        return place
    raise Wrong(
        f"{quoted(place)} is not encrypted",
        why="Whoever stands between could answer with keys of their own, and make tokens.",
        fix="Write https://, or name a file.",
    )


class Tokens(Section):
    """Whose tokens are believed."""

    issuer: Text = Field(examples=["https://login.example.com"])
    jwks: Annotated[Text, AfterValidator(_jwks)] = Field(examples=["keys/jwks.json"])
    audiences: tuple[Text, ...] = ()
    cookie: HttpName | None = None


class Options(Section):
    """Addresses are `host:port` once they are read."""

    listen: Public = f"{EVERYWHERE}:8080"
    preview: Annotated[str, BeforeValidator(_private), WithJsonSchema(SCHEMA)] | None = None
    host: Host | None = None
    path: Below | None = None
    tls: Tls | None = None
    tokens: Tokens | None = None
    slow_start: Duration = 0.0
    mirror: ShareField | None = None
    mirror_for: DurationPositive = MIRROR_SECONDS
    mirror_methods: Literal["safe", "all"] = "safe"

    @model_validator(mode="after")
    def _copies_something(self) -> Self:
        if self.mirror == 0:
            raise Wrong(
                "0% copies nothing",
                why="It is the part of users' requests that the new version gets a copy of.",
                fix="Write a share such as 10%, or remove `mirror`.",
                at=("mirror",),
            )
        usual = {"mirror_for": MIRROR_SECONDS, "mirror_methods": "safe"}
        said = [key for key, value in usual.items() if getattr(self, key) != value]
        if said and self.mirror is None:
            raise Wrong(
                f"{said[0]} without mirror",
                why="It says how requests are copied, and none are.",
                fix="Add a share such as `mirror: 10%`, or remove it.",
                at=(said[0],),
            )
        return self

    @model_validator(mode="after")
    def _apart(self) -> Self:
        redirect = self.tls.redirect_from if self.tls else None
        if redirect and port_of(redirect) in (port_of(self.listen), port_of(self.preview or "")):
            raise Wrong(
                "plain HTTP is redirected from a port that serves already",
                why="The address with TLS and the one that leads to it are two.",
                fix="Give redirect_from another port, for example 80.",
                at=("tls", "redirect_from"),
            )
        if self.preview is None or port_of(self.preview) != port_of(self.listen):
            return self
        raise Wrong(
            "the preview has the port of the service",
            why="The new version is looked at on an address of its own before users get it.",
            fix="Give the preview another port, for example 8081.",
            at=("preview",),
        )
