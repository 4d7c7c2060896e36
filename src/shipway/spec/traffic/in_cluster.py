"""What ways in to pods of a Kubernetes cluster have in common."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, WithJsonSchema

from shipway.spec.fields import Text
from shipway.spec.metrics.words import Url
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

NAME = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"


def _name(name: str) -> str:
    if re.fullmatch(NAME, name, re.ASCII):
        return name
    raise Wrong(
        f"{quoted(name)} cannot name it",
        why="Names have 1 to 63 small letters, digits and hyphens, and begin with a letter.",
        fix="Write it as `kubectl get` shows it.",
    )


ObjectName = Annotated[Text, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME})]
ReachedAt = Url


def against(file: "ReleaseFile", name: str) -> Iterator[Wrong]:
    """What every one of them needs."""
    if file.platform.kubernetes is None:
        yield Wrong(
            f"`{name}` carries requests to pods",
            why=f"Replicas of `platform: {file.platform.name}` are none.",
            fix="Write `platform: {kubernetes: …}`, or `traffic: {envoy: …}`.",
            at=("traffic", name),
        )
    if file.metrics is None:
        yield Wrong(
            "nothing counts requests",
            why=f"The guard needs requests and errors of each version; `{name}` tells Shipway of neither.",
            fix="Add `metrics: {prometheus: {url: …, requests: …}}`, or write `traffic: {envoy: …}`.",
            at=("traffic", name),
        )
