"""The files that Envoy watches. Each is a `DiscoveryResponse` (envoyproxy.io, xDS protocol) as JSON.

Its `version_info` is `<generation>-<digest of the resources>`: Envoy repeats it for what it runs, and a file
that somebody edited by hand tells it by itself. Envoy notices a file only when it is replaced, never when
it is written in place (`durable.replace` does what it needs).
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable

Json = Mapping[str, object]
DIGEST_CHARACTERS = 12


class Response(Struct, frozen=True):
    """A file's content."""

    version_info: str = ""
    resources: tuple[dict[str, object], ...] = ()

    @property
    def generation(self) -> int:
        """The intent that it came from; 0 for what is not ours."""
        return generation_of(self.version_info)

    @property
    def is_ours(self) -> bool:
        """Whether the digest still fits: nobody has changed it since it was written."""
        return self.version_info == _version(self.resources, self.generation)


def response(resources: Sequence[Json], *, generation: int) -> Response:
    """What is to be written."""
    return Response(_version(resources, generation), tuple(dict(resource) for resource in resources))


def generation_of(version_info: str) -> int:
    """The number before the digest."""
    number = version_info.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() else 0


def _version(resources: Sequence[Json], generation: int) -> str:
    content = msgspec.json.encode(resources, order="deterministic")
    return f"{generation}-{sha256(content).hexdigest()[:DIGEST_CHARACTERS]}"


def write(path: Path, content: Response) -> None:
    """Replace the file; a reader sees the former or the new one, whole."""
    durable.replace(path, msgspec.json.format(msgspec.json.encode(content)))


def read(path: Path) -> Response | None:
    """The file's content; none where there is no file. One that cannot be read is nobody's version."""
    content = durable.read(path)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=Response)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Response()
