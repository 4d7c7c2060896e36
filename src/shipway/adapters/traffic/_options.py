"""What can be said about every proxy on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from shipway.errors import PortError

Options = TypeVar("Options", bound=Struct)


class HealthCheck(Struct, frozen=True, kw_only=True):
    """The proxy's own checks of each replica: they work with no controller running. Times in seconds."""

    path: str = "/health/ready"
    period: float = 5.0
    timeout: float = 2.0
    failure_threshold: int = 3
    """Failed checks in a row until a replica gets nothing new; one good check brings it back."""
    service: str = ""
    """What grpc.health.v1 is asked about; empty is the server as a whole."""


class Tls(Struct, frozen=True, kw_only=True):
    """What users' connections are encrypted with. Paths are absolute."""

    cert: str
    key: str
    min_version: str = "1.2"
    redirect_from: str | None = None
    """Where plain HTTP is answered with the address that has TLS, as `host:port`."""


def split_address(address: str) -> tuple[str, int]:
    """`127.0.0.1:80` or `[::1]:80` as host and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def read(
    written: Mapping[str, object], kind: type[Options], *, health: Mapping[str, object], below: str
) -> Options:
    """A product's options from the release's own words and its probes. Raises `PortError`."""
    ready = health.get("ready")
    folder = Path(str(written.get("directory", ".")))
    words = {**written, "health": ready if isinstance(ready, Mapping) else {}}
    if isinstance(tls := words.get("tls"), Mapping):
        words["tls"] = {**tls, **{key: str(folder / str(tls[key])) for key in ("cert", "key") if key in tls}}
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        raise PortError(
            f"the options of {below} cannot be read",
            where=below,
            why=str(error),
            fix="Correct them in the release file, and deploy again.",
        ) from error
