"""Envoy on this machine."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from shipway.spec.fields import Duration, HttpName, Section, Text
from shipway.spec.problems import Wrong
from shipway.spec.traffic.copies import Copied
from shipway.spec.traffic.listening import EVERYWHERE, LOCAL, Private, Public, port_of, require_apart
from shipway.spec.units import quoted, text_of

HOST = (
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)
BELOW = r"^(/[A-Za-z0-9._~!$&'()+,;=:@%-]+)+$"


def _host(name: str) -> str:
    if re.fullmatch(HOST, name, re.ASCII):
        return name.lower()
    raise Wrong(
        f"{quoted(name)} is not a host",
        why="It is the name under which users reach the service, without https:// and without a port.",
        fix="Write one such as mail.example.com.",
    )


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


class Options(Copied):
    """Addresses are `host:port` once they are read."""

    listen: Public = f"{EVERYWHERE}:8080"
    preview: Private | None = None
    host: Host | None = None
    path: Below | None = None
    tls: Tls | None = None
    tokens: Tokens | None = None
    slow_start: Duration = 0.0

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
        require_apart(self.listen, self.preview)
        return self
