"""An HTTPRoute of a Kubernetes cluster's Gateway API."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from shipway.spec.fields import Text
from shipway.spec.problems import Wrong
from shipway.spec.traffic import in_cluster
from shipway.spec.traffic.copies import Copied
from shipway.spec.traffic.encrypted import Host
from shipway.spec.traffic.in_cluster import ObjectName, ReachedAt
from shipway.spec.traffic.only_envoy import refuse

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile


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
    if file.canary.sticky is not None:
        yield Wrong(
            "the Gateway API keeps no user on one version",
            why="Weights are drawn for each request; persistent sessions are no part of its standard yet.",
            fix="Remove `canary.sticky`, or write `traffic: {envoy: …}`.",
            at=("canary", "sticky"),
        )
    if file.canary.users.need_tokens:
        yield Wrong(
            "the Gateway API verifies no tokens",
            why="Its rules look at headers as they are written.",
            fix="Choose users by `header` or `cookie`, or write `traffic: {envoy: …}`.",
            at=("canary", "users"),
        )


def against_strategy(file: "ReleaseFile", strategy: str) -> Iterator[Wrong]:
    """What it cannot do of a strategy."""
    if file.traffic.gateway_api is not None and strategy == "experiment":
        yield Wrong(
            "the Gateway API cannot keep users on one version",
            why="Weights are drawn for each request, so users of an experiment would see both versions.",
            fix="Write `strategy: canary`, or `traffic: {envoy: …}`.",
            at=("strategy",),
        )
