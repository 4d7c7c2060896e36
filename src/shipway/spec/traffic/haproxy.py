"""HAProxy on this machine."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from shipway.spec.fields import Duration, Section
from shipway.spec.problems import Wrong
from shipway.spec.traffic.encrypted import Host, Tls, require_redirect_apart
from shipway.spec.traffic.listening import EVERYWHERE, Private, Public, require_apart
from shipway.spec.traffic.only_envoy import refuse

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

OF_ENVOY = {
    "mirror": "`haproxy` does not copy requests",
    "mirror_for": "`haproxy` does not copy requests",
    "mirror_methods": "`haproxy` does not copy requests",
    "tokens": "`haproxy` does not verify tokens",
    "path": "services have ports of their own behind `haproxy`",
}
"""What only Envoy has, and what that means here."""


class Options(Section):
    """Addresses are `host:port` once they are read."""

    listen: Public = f"{EVERYWHERE}:8080"
    preview: Private | None = None
    host: Host | None = None
    tls: Tls | None = None
    slow_start: Duration = 0.0

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        require_redirect_apart(self.tls, self.listen, self.preview)
        require_apart(self.listen, self.preview)
        return self


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do with replicas: the end of a gRPC call is told where HAProxy does not look."""
    if file.traffic.haproxy and getattr(file.platform.options, "protocol", None) == "grpc":
        yield Wrong(
            "HAProxy does not tell how gRPC calls end",
            why="Their status comes after the answer, so errors could not be counted, and no check asks for it.",
            fix="Write `traffic: {envoy: …}`, which counts and checks gRPC.",
            at=("platform", file.platform.name, "protocol"),
        )
