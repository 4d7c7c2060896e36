"""A Service of a Kubernetes cluster."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from shipway.model.share import TOTAL, Share, percent
from shipway.spec.fields import Section
from shipway.spec.platforms import updated_by
from shipway.spec.problems import Wrong
from shipway.spec.traffic import in_cluster
from shipway.spec.traffic.in_cluster import ObjectName, ReachedAt
from shipway.spec.traffic.only_envoy import refuse

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile


OF_ENVOY = {
    **dict.fromkeys(("mirror", "mirror_for", "mirror_methods"), "a Service copies no requests"),
    "listen": "the Service's ports say where it takes requests",
    "host": "a Service is reached under its own name",
    "tls": "a Service passes encrypted connections on as they are",
    "tokens": "a Service does not look at requests",
    "path": "a Service does not look at requests",
    "slow_start": "a Service sends a new pod its whole part at once",
}
"""What only Envoy has, and what that means here."""


class Options(Section):
    """Which Service."""

    name: ObjectName = Field(examples=["checkout"])
    preview: ObjectName | None = None
    url: ReachedAt | None = None
    preview_url: ReachedAt | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.preview == self.name:
            raise Wrong(
                "the preview has the name of the service",
                why="The new version is looked at through a Service of its own, which Shipway makes.",
                fix=f"Write `preview: {self.name}-preview`.",
                at=("preview",),
            )
        return self


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do, however a release is shipped."""
    if file.traffic.service is None:
        return
    yield from in_cluster.against(file, "service")
    if file.traffic.service.preview and updated_by(file.platform):
        yield Wrong(
            "a workload that is updated in place has no preview",
            why="Its pods are all in the Service, and none of them waits to be looked at.",
            fix="Remove `preview`, or `platform.kubernetes.update`.",
            at=("traffic", "service", "preview"),
        )
    apart = {"users": file.canary.users.are_chosen, "sticky": file.canary.sticky is not None}
    for key in (key for key, is_said in apart.items() if is_said):
        yield Wrong(
            "a Service does not tell users apart",
            why="It divides connections, and does not look at requests.",
            fix=f"Remove `canary.{key}`, or write `traffic: {{gateway_api: …}}`.",
            at=("canary", key),
        )


def against_strategy(file: "ReleaseFile", strategy: str, replicas: int) -> Iterator[Wrong]:
    """What it cannot do of a strategy: users that stay, and shares that are not whole numbers of pods.

    A workload that is updated in place has no shares at all, which is said elsewhere.
    """
    if file.traffic.service is None or updated_by(file.platform):
        return
    if strategy == "experiment":
        yield Wrong(
            "a Service cannot keep users on one version",
            why="Each new connection goes to any pod, so users of an experiment would see both versions.",
            fix="Write `strategy: canary`, or `traffic: {envoy: …}`.",
            at=("strategy",),
        )
    split = file.blue_green.split
    asked = {
        "canary": (("canary", "stages"), file.canary.stages),
        "blue-green": (("blue-green", "split"), () if split is None else (split,)),
    }
    at, shares = asked.get(strategy, ((), ()))
    for share in (one for one in shares if one * replicas % TOTAL):
        yield Wrong(
            f"{percent(share)} of requests is not a whole number of {replicas} pods",
            why="A Service sends to each pod alike, so a share is a number of pods.",
            fix=f"Write shares such as {_possible(replicas)}, have more `replicas`, or `traffic: {{envoy: …}}`.",
            at=at,
        )


def _possible(replicas: int) -> str:
    """At most three of them, the last of which is all."""
    counts = sorted({1, -(-replicas // 2), replicas})
    return ", ".join(percent(Share(count * TOTAL // replicas)) for count in counts if not count * TOTAL % replicas)
