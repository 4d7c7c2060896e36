"""An HTTPRoute of a Kubernetes cluster's Gateway API."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from shipway.spec.fields import Text
from shipway.spec.problems import Wrong
from shipway.spec.traffic import by_weight, in_cluster
from shipway.spec.traffic.copies import Copied
from shipway.spec.traffic.encrypted import Host
from shipway.spec.traffic.in_cluster import ObjectName, ReachedAt
from shipway.spec.traffic.only_envoy import refuse

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile


NAME = "the Gateway API"
WHY_NOBODY_STAYS = "Weights are drawn for each request; persistent sessions are no part of its standard yet."
OF_ENVOY = {
    "listen": "a gateway's listeners say where it takes requests",
    "host": "the HTTPRoute says which names it is for",
    "tls": "a gateway's listeners say how connections are encrypted",
    "tokens": "`gateway_api` verifies no tokens",
    "path": "the HTTPRoute says which paths it is for",
    "slow_start": "`gateway_api` sends a new pod its whole part at once",
}
"""What only Envoy has, and what that means here."""


class Options(Copied):
    """Which HTTPRoute, and where its gateway takes requests."""

    route: ObjectName = Field(examples=["checkout"])
    rule: Text | None = None
    url: ReachedAt = Field(examples=["http://gateway.example"])
    preview: Host | None = None
    preview_url: ReachedAt | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do, however a release is shipped."""
    if file.traffic.gateway_api is None:
        return
    yield from in_cluster.against(file, "gateway_api")
    yield from by_weight.against(file, NAME, why_nobody_stays=WHY_NOBODY_STAYS)


def against_strategy(file: "ReleaseFile", strategy: str) -> Iterator[Wrong]:
    """What it cannot do of a strategy."""
    if file.traffic.gateway_api is not None:
        yield from by_weight.against_strategy(NAME, strategy)
