"""What sources have in common: addresses, queries, and references to secrets."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from shipway.spec.fields import Text
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

URL = r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$"
SECRET = r"^(env|file):\S.*$"
HEADER = r"^(env|file|text):\S.*$"
PER_VERSION = ("{version}", "{revision}")
QUANTILE = re.compile(r"\bhistogram_quantile\s*\(")
RATES = re.compile(r"\b(rate|irate|increase|delta|idelta|deriv)\s*\(")


def _url(url: str) -> str:
    if re.fullmatch(URL, url, re.ASCII):
        return url
    has_secret = "@" in url
    raise Wrong(
        "the address has a name or password in it" if has_secret else f"{quoted(url)} is not an address",
        why="Secrets do not belong in a release file: it is kept, and shown."
        if has_secret
        else "It begins with http:// or https://, and has no query.",
        fix="Refer to a secret: `token: file:/run/secrets/prometheus`."
        if has_secret
        else "Write an address such as http://prometheus:9090.",
    )


def _reference(value: str, pattern: str) -> str:
    if re.fullmatch(pattern, value, re.ASCII):
        return value
    raise Wrong(
        "a secret is written where a reference to it belongs",
        why="A release file is kept, and shown: it names the file or the variable that holds the secret.",
        fix="Write file: and a path, or env: and the name of a variable"
        + ("; text: stands before what is no secret." if "text" in pattern else "."),
    )


def _secret(value: str) -> str:
    return _reference(value, SECRET)


def _header(value: str) -> str:
    return _reference(value, HEADER)


def per_version(query: str) -> str:
    """A query that asks for one version. Raises `Wrong` otherwise."""
    if any(placeholder in query for placeholder in PER_VERSION):
        return query
    raise Wrong(
        "the query does not tell versions apart",
        why="It would count the old and the new version together.",
        fix='Select one with {version} or {revision}: requests_total{version="{version}"}.',
    )


def _raw(query: str) -> str:
    return per_version(counter(query))


def counter(query: str) -> str:
    """A query for counters as they are. Raises `Wrong` otherwise."""
    if QUANTILE.search(query):
        raise Wrong(
            "histogram_quantile() stands where raw buckets belong",
            why="A quantile cannot be compared with another: it does not say how many requests it is of.",
            fix='Write the buckets: sum by (le) (NAME_bucket{version="{version}"}).',
        )
    if found := RATES.search(query):
        raise Wrong(
            f"{found[1]}() stands where a raw counter belongs",
            why="Shipway takes the differences itself: a rate loses how many requests it was made from.",
            fix=f"Write the query without {found[1]}(…[5m]).",
        )
    return query


Url = Annotated[Text, AfterValidator(_url), WithJsonSchema({"type": "string", "pattern": URL})]
Secret = Annotated[Text, AfterValidator(_secret), WithJsonSchema({"type": "string", "pattern": SECRET})]
"""`env:NAME` or `file:PATH`."""
HeaderValue = Annotated[Text, AfterValidator(_header), WithJsonSchema({"type": "string", "pattern": HEADER})]
"""The same, or `text:` and a value that is no secret."""
Query = Annotated[Text, AfterValidator(per_version)]
"""In the source's language, for one version."""
RawQuery = Annotated[Text, AfterValidator(_raw)]
"""PromQL for counters as they are."""
