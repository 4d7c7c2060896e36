"""What a release file leaves open, as it is when a revision is made."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import structs

from shipway.adapters.platforms.docker import resolving
from shipway.adapters.platforms.swarm import asking, names
from shipway.adapters.platforms.swarm.options import WHERE, Content, swarm_options
from shipway.errors import PortError

CONFIG_BYTES_MAX = 1000 * 1024
"""That a Swarm takes; https://docs.docker.com/engine/swarm/configs/ names less, swarmkit's limit is this."""


def resolved(written: Mapping[str, object], *, root: Path, service: str, home: Path) -> Mapping[str, object]:
    """As for containers, and secrets by their ids, and files by what they hold. Raises `PortError`."""
    options = swarm_options(written)
    asking.check_manager(options.address)
    if options.update is not None:
        asking.check_common(options.address, service, home)
    secrets = asking.secrets(options.address, options.secrets, options.handed_secrets)
    named = [one for one in options.handed_configs if one.name]
    configs = asking.given(options.address, "config", named) if named else ()
    contents = {
        target: _content(root / Path(source).expanduser(), service, where=target)
        for target, source in options.configs.items()
    }
    for one in (one for one in options.handed_configs if not one.name):
        content = _content(Path(one.file), service, where=one.target)
        contents[one.target] = structs.replace(content, uid=one.uid, gid=one.gid, mode=one.mode)
    return {
        **resolving.resolved(written, root=root, where=WHERE),
        "given": msgspec.to_builtins(secrets),
        **({"given_configs": msgspec.to_builtins(configs)} if configs else {}),
        "contents": msgspec.to_builtins(contents),
    }


def _content(path: Path, service: str, *, where: str) -> Content:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PortError(
            f"{path.name} cannot be read",
            where=f"platform.swarm.configs.{where}",
            why=f"{path}: {error.strerror}.",
            fix="Write a path relative to the folder of the release file.",
        ) from error
    if not 0 < len(data) <= CONFIG_BYTES_MAX:
        raise PortError(
            f"{path.name} has {len(data)} bytes",
            where=f"platform.swarm.configs.{where}",
            why=f"A Swarm takes files of 1 to {CONFIG_BYTES_MAX} bytes.",
            fix="Put it into the image, or into a volume.",
        )
    return Content(name=names.config(service, data), data=b64encode(data).decode())
