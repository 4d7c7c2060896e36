"""What a release file leaves open, as it is when a revision is made."""

from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.platforms.docker.images import Image, found
from shipway.adapters.platforms.docker.options import WHERE, ContainerOptions, container_options
from shipway.errors import PortError


def resolved(written: Mapping[str, object], *, root: Path, where: str = WHERE) -> Mapping[str, object]:
    """Image by digest, port, and volumes with absolute paths. Raises `PortError`."""
    options = container_options(written, where=where)
    image = found(options.address, options.image, ask_registry=options.pull == "always")
    return {
        "image": image.name,
        "written": options.image,
        "port": options.port or (0 if written.get("heartbeat") else _only_port(options, image, where=where)),
        "volumes": [_absolute(volume, root) for volume in options.volumes],
    }


def _only_port(options: ContainerOptions, image: Image, *, where: str) -> int:
    if len(image.ports) == 1:
        return image.ports[0]
    exposed = ", ".join(str(port) for port in image.ports) or "none"
    raise PortError(
        "nobody says on which port replicas listen",
        where=f"{where}.port",
        why=f"{options.image} exposes {exposed}, as far as is known here.",
        fix="Write `port: 8000` below `image:`.",
    )


def _absolute(volume: str, root: Path) -> str:
    source, _, rest = volume.partition(":")
    is_path = source.startswith((".", "/", "~"))
    return f"{(root.absolute() / Path(source).expanduser()).resolve()}:{rest}" if is_path else volume
