"""nginx on this machine."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from shipway.spec.problems import Wrong
from shipway.spec.traffic.copies import Copied
from shipway.spec.traffic.encrypted import Host, Tls, require_certified, require_redirect_apart
from shipway.spec.traffic.listening import EVERYWHERE, Private, Public, require_apart
from shipway.spec.traffic.only_envoy import refuse
from shipway.spec.units import quoted

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

HEADER = r"[A-Za-z0-9_-]+"
OF_ENVOY = {
    "tokens": "`nginx` does not verify tokens",
    "path": "services have ports of their own behind `nginx`",
    "slow_start": "`nginx` sends a new replica its whole part at once",
}
"""What only Envoy has, and what that means here."""


class Options(Copied):
    """Addresses are `host:port` once they are read."""

    listen: Public = f"{EVERYWHERE}:8080"
    preview: Private | None = None
    host: Host | None = None
    tls: Tls | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        require_certified(self.tls, self.host)
        require_redirect_apart(self.tls, self.listen, self.preview)
        require_apart(self.listen, self.preview)
        return self


def against(file: "ReleaseFile") -> Iterator[Wrong]:
    """What it cannot do with replicas, and whom it cannot tell apart."""
    if file.traffic.nginx is None:
        return
    platform = file.platform
    if getattr(platform.options, "protocol", None) in ("h2c", "grpc"):
        yield Wrong(
            "nginx speaks HTTP/1.1 with replicas",
            why="Replicas of HTTP/2 without encryption, or of gRPC, need a proxy that speaks it with them.",
            fix="Write `traffic: {envoy: …}`, or let the replicas speak HTTP/1.1.",
            at=("platform", platform.name, "protocol"),
        )
    for name, at in _headers(file):
        if not re.fullmatch(HEADER, name, re.ASCII):
            yield Wrong(
                f"nginx cannot look for the header {quoted(name)}",
                why="It knows headers whose names have letters, digits, - and _ only.",
                fix="Tell users apart by another header or a cookie, or write `traffic: {envoy: …}`.",
                at=at,
            )


def _headers(file: "ReleaseFile") -> Iterator[tuple[str, tuple[str, ...]]]:
    """By which users are told apart, and where that stands."""
    yield from ((name, ("canary", "users", "header")) for name in file.canary.users.header)
    stays = {"canary": file.canary.sticky, "experiment": file.experiment.sticky if file.experiment else None}
    for strategy, sticky in stays.items():
        if sticky is not None and sticky.header is not None:
            yield sticky.header, (strategy, "sticky", "header")
