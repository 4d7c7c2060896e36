"""HAProxy on this machine."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from shipway.model.share import TOTAL, Share, percent
from shipway.spec.fields import Duration, Section
from shipway.spec.problems import Wrong
from shipway.spec.traffic.encrypted import Host, Tls, require_certified, require_redirect_apart
from shipway.spec.traffic.listening import EVERYWHERE, Private, Public, require_apart
from shipway.spec.traffic.only_envoy import refuse
from shipway.spec.units import quoted

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


def _is_absolute(path: str) -> str:
    if PurePosixPath(path).is_absolute():
        return path
    raise Wrong(
        f"{quoted(path)} is no absolute path",
        why="The socket is the master's of an HAProxy that runs already, wherever its owner put it.",
        fix="Write /run/haproxy-master.sock, which Debian's service has.",
    )


def _is_a_name(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.:-]+", name, re.ASCII):
        return name
    raise Wrong(
        f"{quoted(name)} is no backend's name",
        why="HAProxy's names have letters, digits and - _ . : only.",
        fix="Write the word after `backend` in its configuration.",
    )


OF_ITS_OWN = ("listen", "preview", "host", "tls", "slow_start")
"""What only an HAProxy has that Shipway configures."""
STEP = Share(TOTAL // 200)
"""Weights are whole numbers up to 256: any half percent is met exactly, by any number of replicas."""


class Options(Section):
    """Addresses are `host:port` once they are read. With a `socket` there are none: they are its owner's."""

    socket: Annotated[str, AfterValidator(_is_absolute)] | None = None
    backend: Annotated[str, AfterValidator(_is_a_name)] | None = None
    listen: Public | None = Field(default=f"{EVERYWHERE}:8080", validate_default=True)
    preview: Private | None = None
    host: Host | None = None
    tls: Tls | None = None
    slow_start: Duration = 0.0

    @model_validator(mode="before")
    @classmethod
    def _is_not_envoys(cls, written: object) -> object:
        return refuse(written, OF_ENVOY)

    @model_validator(mode="before")
    @classmethod
    def _is_one_of_both(cls, written: object) -> object:
        """Either an HAProxy of Shipway's, or one that runs already."""
        if not isinstance(written, Mapping) or not ({"socket", "backend"} & written.keys()):
            return written
        if own := [key for key in OF_ITS_OWN if key in written]:
            raise Wrong(
                f"`{own[0]}` is its owner's where HAProxy runs already",
                why="With `socket` and `backend` servers of that backend are steered; its file is not changed.",
                fix=f"Write it into HAProxy's own configuration, and remove `{own[0]}` here.",
                at=(own[0],),
            )
        if missing := [key for key in ("socket", "backend") if key not in written]:
            raise Wrong(
                f"`{missing[0]}` is missing",
                why="An HAProxy that runs already is steered through its master's socket, in one backend.",
                fix="Write {socket: /run/haproxy-master.sock, backend: shop}.",
            )
        return written

    @field_validator("listen")
    @classmethod
    def _is_its_owners(cls, listen: str | None, info: ValidationInfo) -> str | None:
        return None if info.data.get("socket") else listen

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.listen is not None:
            require_certified(self.tls, self.host)
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
    if file.traffic.haproxy and file.traffic.haproxy.socket:
        yield from _against_weights(file)


def _against_weights(file: "ReleaseFile") -> Iterator[Wrong]:
    """What servers of a backend cannot do, which are chosen by their weights alone, and what they do not count."""
    looks = {"users": file.canary.users.are_chosen, "sticky": file.canary.sticky is not None}
    for key in (key for key, is_wanted in looks.items() if is_wanted):
        yield _alike(at=("canary", key))
    if file.guard.latency_p99 is not None and file.metrics is None:
        yield Wrong(
            "a backend does not tell how long requests took",
            why="HAProxy counts answers and errors by server, and no times; its log is its owner's.",
            fix="Name a source that knows (`metrics: {prometheus: …}`), or remove it.",
            at=("guard", "latency_p99"),
        )
    shares: dict[tuple[str | int, ...], Share] = {
        ("canary", "stages", n): share for n, share in enumerate(file.canary.stages)
    }
    if file.blue_green.split is not None:
        shares["blue-green", "split"] = file.blue_green.split
    for where, share in shares.items():
        if share % STEP:
            yield Wrong(
                f"{percent(share)} is no share of a backend",
                why="Weights of servers are whole numbers up to 256: they say whole and half percents.",
                fix="Write a whole or a half percent.",
                at=where,
            )


def against_strategy(file: "ReleaseFile", strategy: str) -> Iterator[Wrong]:
    """What it cannot do of a strategy."""
    if file.traffic.haproxy and file.traffic.haproxy.socket and strategy == "experiment":
        yield _alike(at=("strategy",))


def _alike(*, at: tuple[str, ...]) -> Wrong:
    return Wrong(
        "servers of a backend do not tell users apart",
        why="A backend divides requests by weights; who asks is known to your frontend alone.",
        fix="Write `traffic: {haproxy: {listen: …}}`, an HAProxy that looks at each request, or leave it out.",
        at=at,
    )
