"""A VirtualService of Istio's, and a DestinationRule."""

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


NAME = "Istio"
WHY_NOBODY_STAYS = (
    "A weight is drawn for each request; `consistentHash` of a DestinationRule chooses among the pods "
    "of a subset, after the subset was drawn."
)
OF_ENVOY = {
    "listen": "a Gateway of Istio's says where it takes requests",
    "host": "the VirtualService says which names it is for",
    "tls": "a Gateway of Istio's says how connections are encrypted",
    "tokens": "`istio` has no tokens verified for Shipway",
    "path": "the VirtualService says which paths it is for",
    "slow_start": "the DestinationRule says how a new pod is warmed up",
}
"""What only Envoy has, and what that means here."""


class Options(Copied):
    """Which VirtualService and DestinationRule, and where the mesh's gateway takes requests."""

    virtual_service: ObjectName = Field(examples=["checkout"])
    destination_rule: ObjectName = Field(examples=["checkout"])
    route: Text | None = None
    url: ReachedAt = Field(examples=["http://gateway.example"])
    preview: Host | None = None
    preview_url: ReachedAt | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do, however a release is shipped."""
    if file.traffic.istio is None:
        return
    yield from in_cluster.against(file, "istio")
    yield from by_weight.against(file, NAME, why_nobody_stays=WHY_NOBODY_STAYS)


def against_strategy(file: "ReleaseFile", strategy: str) -> Iterator[Wrong]:
    """What it cannot do of a strategy."""
    if file.traffic.istio is not None:
        yield from by_weight.against_strategy(NAME, strategy)
