"""What a release needs where replicas are services of a Swarm."""

from collections.abc import Iterator

from shipway.adapters.platforms.docker.asking import missing_networks, version
from shipway.adapters.platforms.docker.options import docker_options
from shipway.adapters.platforms.swarm import asking
from shipway.adapters.platforms.swarm.options import options_of, swarm_options
from shipway.adapters.traffic.routing_mesh.asking import require_not_in_mesh
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded

ENGINE, NETWORKS = ("platform", "swarm", "engine"), ("platform", "swarm", "networks")


def required(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What would keep a deploy from ever serving."""
    options = loaded.file.platform.options.model_dump()
    address = docker_options({"engine": options["engine"]}).address
    try:
        asking.check_manager(address)
        count = asking.nodes(address)
        told = f"{version(address)} at {address}, {count} {'node takes' if count == 1 else 'nodes take'} tasks"
        yield Finding(name="swarm", is_fine=count > 0, said=told)
        made = swarm_options(revision.platform).made_networks
        missing = [name for name in missing_networks(address, options["networks"]) if name not in made]
    except PortError as error:
        yield Finding.of("swarm", error, where=loaded.where(*ENGINE))
        return
    yield from _left_mesh(loaded, address)
    if missing:
        yield Finding(
            name="networks",
            is_fine=False,
            said=f"there is no network {missing[0]}",
            where=loaded.where(*NETWORKS),
            why="Replicas are to join it, and the Swarm does not know it.",
            fix=f"docker network create --driver overlay {missing[0]}",
        )
    elif options["networks"]:
        yield Finding(name="networks", is_fine=True, said=", ".join(options["networks"]))


def _left_mesh(loaded: Loaded, address: str) -> Iterator[Finding]:
    """Where the routing mesh carries requests, nothing else can begin to amid a release."""
    if loaded.file.kind != "http" or loaded.file.traffic.routing_mesh:
        return
    try:
        require_not_in_mesh(Nodes(address, 0), loaded.file.service)
    except PortError as error:
        yield Finding.of("traffic", error, where=loaded.where("traffic"))


def found(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """That, and which image a tag means."""
    yield from required(home, loaded, revision)
    if loaded.left:
        yield Finding(name="stack", is_fine=None, said=f"left to others: {', '.join(loaded.left)}")
    options = options_of(revision)
    if not options.written:
        yield Finding(name="image", is_fine=None, said="not looked for: name a version, `shipway check VERSION`")
        return
    yield Finding(name="image", is_fine=True, said=f"{options.written} is {options.image}")


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """The Swarm itself sees to bounds."""
    yield from ()
