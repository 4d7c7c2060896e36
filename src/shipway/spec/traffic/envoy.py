"""Envoy on this machine."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from shipway.spec.fields import Duration, HttpName, Section, Text
from shipway.spec.problems import Wrong
from shipway.spec.traffic.copies import Copied
from shipway.spec.traffic.encrypted import Host, Tls, require_redirect_apart
from shipway.spec.traffic.listening import EVERYWHERE, LOCAL, Private, Public, require_apart
from shipway.spec.units import quoted

BELOW = r"^(/[A-Za-z0-9._~!$&'()+,;=:@%-]+)+$"


def _below(path: str) -> str:
    if re.fullmatch(BELOW, path, re.ASCII):
        return path
    raise Wrong(
        f"{quoted(path)} is not where addresses begin",
        why="It begins with /, does not end with one, and has no spaces, questions or wildcards.",
        fix="Write /api; it stands for /api and everything below it.",
    )


Below = Annotated[Text, AfterValidator(_below), WithJsonSchema({"type": "string", "pattern": BELOW})]


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
        require_redirect_apart(self.tls, self.listen, self.preview)
        require_apart(self.listen, self.preview)
        return self
