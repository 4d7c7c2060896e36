"""The routing mesh of a Docker Swarm, in front of a service that the Swarm updates itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from shipway.spec.fields import Section
from shipway.spec.problems import Wrong
from shipway.spec.traffic.only_envoy import refuse
from shipway.spec.units import quoted

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

PORT_MAX = 65535
WHY_ALIKE = "It sends each connection to any task of the service, whichever version that runs."
OF_ENVOY = {
    **dict.fromkeys(("mirror", "mirror_for", "mirror_methods"), "the routing mesh copies no requests"),
    "preview": "the routing mesh has no address for one version alone",
    "host": "the routing mesh does not look at names",
    "path": "the routing mesh does not look at requests",
    "tls": "the routing mesh passes encrypted connections on as they are",
    "tokens": "the routing mesh does not look at requests",
    "slow_start": "the routing mesh sends a new task its whole part at once",
}
"""What only Envoy has, and what that means here."""


def _port(written: object) -> int:
    text = str(written) if isinstance(written, int | str) else ""
    if text.isascii() and text.isdecimal() and 0 < int(text) <= PORT_MAX:
        return int(text)
    raise Wrong(
        f"{quoted(written)} is not a port of the routing mesh",
        why=f"Every node of the Swarm takes requests there, on all its addresses: a number from 1 to {PORT_MAX}.",
        fix="Write 8080.",
    )


MeshPort = Annotated[
    int,
    BeforeValidator(_port),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "maximum": PORT_MAX, "pattern": "^[0-9]{1,5}$"}),
]


class Options(Section):
    """Where every node takes requests."""

    listen: MeshPort = 8080

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do, however a release is shipped."""
    if file.traffic.routing_mesh is None:
        return
    swarm = file.platform.swarm
    if swarm is None or swarm.update is None:
        yield Wrong(
            "the routing mesh is in front of a service that the Swarm updates",
            why="It has one port for all tasks of one service, and knows no other replicas.",
            fix="Write `platform: {swarm: {update: {}}}` with it, or `traffic: {envoy: …}`.",
            at=("traffic", "routing_mesh"),
        )
    if file.metrics is None:
        yield Wrong(
            "nothing counts requests",
            why="The guard needs requests and errors of each version; the routing mesh counts neither.",
            fix="Add `metrics: {prometheus: {url: …, requests: …}}`, or write `traffic: {envoy: …}`.",
            at=("traffic", "routing_mesh"),
        )
    apart = {"users": file.canary.users.are_chosen, "sticky": file.canary.sticky is not None}
    for key in (key for key, is_said in apart.items() if is_said):
        yield Wrong(
            "the routing mesh does not tell users apart",
            why=WHY_ALIKE,
            fix=f"Remove `canary.{key}`, or write `traffic: {{envoy: …}}`.",
            at=("canary", key),
        )


def against_strategy(file: "ReleaseFile", strategy: str) -> Iterator[Wrong]:
    """Everything but rolling: a share is the part of all tasks that a version has."""
    if file.traffic.routing_mesh is None or strategy == "rolling":
        return
    yield Wrong(
        f"the routing mesh cannot do {strategy}",
        why=WHY_ALIKE,
        fix="Write `strategy: rolling`, or `traffic: {envoy: …}` without `update`.",
        at=("strategy",),
    )
