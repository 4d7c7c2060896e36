"""Pods of a Kubernetes cluster, from manifests that the user brings."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from shipway.spec.fields import CountPositive, Section, Text
from shipway.spec.platforms.docker import Image, Port
from shipway.spec.platforms.process import Protocol
from shipway.spec.problems import Wrong

MANIFESTS_MAX = 100


class Update(Section):
    """Which of the user's own workloads is updated in place."""

    kind: Literal["Deployment", "StatefulSet"] = "Deployment"
    name: Text | None = None

    @field_validator("kind", mode="before")
    @classmethod
    def _says_how_many(cls, written: object) -> object:
        if written != "DaemonSet":
            return written
        raise Wrong(
            "a DaemonSet cannot be updated a batch at a time",
            why="Nodes say how many pods it has, and each node is without one while another comes.",
            fix="Run the application as a Deployment; spread it over nodes by `topologySpreadConstraints`.",
        )


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
