"""What a release needs of this machine where replicas are containers."""

from collections.abc import Iterator

from shipway.adapters.platforms.docker.asking import missing_networks, version
from shipway.adapters.platforms.docker.options import docker_options, options_of
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded

ENGINE, NETWORKS = ("platform", "docker", "engine"), ("platform", "docker", "networks")


def required(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What would keep a deploy from ever serving."""
    address = docker_options({"engine": loaded.file.platform.options.model_dump()["engine"]}).address
    try:
        yield Finding(name="engine", is_fine=True, said=f"{version(address)} at {address}")
        yield from _networks(loaded, revision, address)
    except PortError as error:
        yield Finding.of("engine", error, where=loaded.where(*ENGINE))


def found(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """That, and which image a tag means."""
    yield from required(home, loaded, revision)
    if loaded.left:
        yield Finding(name="compose", is_fine=None, said=f"left to others: {', '.join(loaded.left)}")
    options = options_of(revision)
    if not options.written:
        yield Finding(name="image", is_fine=None, said="not looked for: name a version, `shipway check VERSION`")
        return
    yield Finding(name="image", is_fine=True, said=f"{options.written} is {options.image}")


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """Docker itself sees to bounds."""
    yield from ()


def _networks(loaded: Loaded, revision: Revision, address: str) -> Iterator[Finding]:
    names, options = loaded.file.platform.options.model_dump()["networks"], docker_options(revision.platform)
    missing = [name for name in missing_networks(address, names) if name not in options.made_networks]
    if missing:
        yield Finding(
            name="networks",
            is_fine=False,
            said=f"there is no network {missing[0]}",
            where=loaded.where(*NETWORKS),
            why="Replicas are to join it, and Docker does not know it.",
            fix=f"docker network create {missing[0]}",
        )
    elif names:
        yield Finding(name="networks", is_fine=True, said=", ".join(names))
