"""Images: whether one is here, and which one a tag means."""

from msgspec import Struct

from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.errors import PortError


class Image(Struct, frozen=True, kw_only=True):
    """What a name meant when it was asked for."""

    name: str
    """By digest where a registry has it, by id where it was only built here."""
    ports: tuple[int, ...] = ()
    """That it exposes; none are known of one that is not here."""


def is_here(address: str, image: str) -> bool:
    """Whether containers can be made of it without a registry. Raises `PortError`."""
    client = engine(address)
    with telling(address, f"to inspect {image}"):
        return unless_gone(lambda: client.inspect_image(image)) is not None


def found(address: str, written: str, *, ask_registry: bool = False) -> Image:
    """What the name means now: here, or else in its registry. Raises `PortError`."""
    client = engine(address)
    with telling(address, f"to find {written}"):
        here = None if ask_registry else unless_gone(lambda: client.inspect_image(written))
        if here is None:
            return Image(name=f"{_repository(written)}@{_digest(address, written)}")
    digests = [one for one in here.get("RepoDigests") or () if one.partition("@")[0] == _repository(written)]
    exposed = (here.get("Config") or {}).get("ExposedPorts") or {}
    ports = tuple(sorted(int(port) for port, _, kind in (key.partition("/") for key in exposed) if kind == "tcp"))
    return Image(name=digests[0] if digests else here["Id"], ports=ports)


def _digest(address: str, written: str) -> str:
    """As its registry says."""
    from docker.errors import APIError

    try:
        told = engine(address).inspect_distribution(written)
    except APIError as error:
        raise _unknown(address, written, why=f"{error.explanation or error}".strip()) from error
    digest: str = told["Descriptor"]["digest"]
    return digest


def _repository(written: str) -> str:
    """Without tag and digest; a colon before the last slash belongs to a host's port."""
    bare = written.partition("@")[0]
    path, slash, last = bare.rpartition("/")
    return f"{path}{slash}{last.partition(':')[0]}"


def _unknown(address: str, written: str, *, why: str) -> PortError:
    return PortError(
        f"there is no image {written}",
        where=address,
        why=f"It is not here, and its registry says: {why.rstrip('.')}.",
        fix="Build or push it first, or correct the name; a private registry needs `docker login`.",
    )
