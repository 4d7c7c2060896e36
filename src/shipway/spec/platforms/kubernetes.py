"""Pods of a Kubernetes cluster, from manifests that the user brings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shipway.spec.fields import CountPositive, Section, Text
from shipway.spec.platforms.docker import Image, Port
from shipway.spec.platforms.process import Protocol
from shipway.spec.problems import Wrong

MANIFESTS_MAX = 100


class Update(Section):
    """Which of the user's own workloads is updated in place."""

    kind: Literal["Deployment", "StatefulSet", "DaemonSet"] = "Deployment"
    name: Text | None = None


class Options(Section):
    """What is started, and in which cluster."""

    manifests: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MANIFESTS_MAX)]
    deployment: Text | None = None
    container: Text | None = None
    image: Image = Field(examples=["shop/checkout:{version}"])
    port: Port | None = None
    copy_secrets: bool = True
    replicas: CountPositive = 1
    update: Update | None = None
    protocol: Protocol | None = None
    namespace: Text | None = None
    context: Text | None = None
    kubeconfig: Text | None = None

    @model_validator(mode="after")
    def _nodes_say_how_many(self) -> Self:
        if self.update and self.update.kind == "DaemonSet" and "replicas" in self.model_fields_set:
            raise Wrong(
                "a DaemonSet has one pod on each node",
                why="The cluster's nodes say how many there are, and come and go.",
                fix="Remove `replicas`; `nodeSelector` in the manifest says which nodes.",
                at=("replicas",),
            )
        return self
