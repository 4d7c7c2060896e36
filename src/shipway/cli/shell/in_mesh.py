"""What a release needs of a Swarm's routing mesh, where that carries its requests."""

from collections.abc import Iterator

from msgspec.structs import replace

from shipway.adapters.answering import answered
from shipway.adapters.platforms.swarm.options import swarm_options
from shipway.adapters.traffic.routing_mesh import asking, trial
from shipway.adapters.traffic.routing_mesh.build import options_of as options_of_mesh
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.adapters.traffic.routing_mesh.options import MeshOptions
from shipway.cli.render.findings import Finding
from shipway.cli.render.words import plural
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded
from shipway.wishing import options_of_traffic

WAY, IMAGE = ("traffic", "routing_mesh"), ("platform", "swarm", "image")


def way_in(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """Whether the port is free, or leads to the service; and whether tasks say when they take requests."""
    options = _options(loaded, revision)
    nodes = Nodes(options.address, options.listen)
    looking = asking.looked_at(nodes, options.health, service=loaded.file.service, home=home.path)
    try:
        yield Finding(name="traffic", is_fine=True, said=answered(looking))
        yield _healthcheck(loaded, revision, options)
    except PortError as error:
        yield Finding.of("traffic", error, where=loaded.where(*WAY))


def _options(loaded: Loaded, revision: Revision) -> MeshOptions:
    protocol = str(revision.platform.get("protocol") or "http1")
    return options_of_mesh(options_of_traffic(loaded), health=revision.health, protocol=protocol)


def _healthcheck(loaded: Loaded, revision: Revision, options: MeshOptions) -> Finding:
    """Without one the mesh sends users to a task that runs and does not listen yet."""
    written = swarm_options(revision.platform)
    has_check = asking.has_healthcheck(replace(written, engine=options.address)) if written.written else None
    if has_check is None:
        return Finding(name="health", is_fine=None, said="HEALTHCHECK not looked for: the image is not here")
    if has_check:
        return Finding(name="health", is_fine=True, said="the Swarm asks tasks by their HEALTHCHECK")
    return Finding(
        name="health",
        is_fine=False,
        said=f"{written.written} has no HEALTHCHECK",
        where=loaded.where(*IMAGE),
        why="The routing mesh sends requests to a task as soon as it runs, unless a HEALTHCHECK says otherwise.",
        fix="Add HEALTHCHECK to the image, or `healthcheck` in a stack file; or write `traffic: {envoy: …}`.",
    )


async def tried(home: Home, loaded: Loaded, revision: Revision) -> Finding:
    """Whether the mesh carries requests to a task of the version, beside everything else."""
    address = _options(loaded, revision).address
    try:
        count = await trial.tried(home.path, revision, address=address)
    except trial.NotTried as error:
        return Finding(name="mesh", is_fine=None, said=f"not tried: {error}")
    except PortError as error:
        return Finding.of("mesh", error, where=loaded.where(*WAY))
    return Finding(name="mesh", is_fine=True, said=f"{plural(count, 'node')} carried requests to a task of it")


def serves(loaded: Loaded, revision: Revision) -> bool:
    """Whether the mesh carries requests to the service already: then it was tried, just before."""
    options = _options(loaded, revision)
    return Nodes(options.address, options.listen).published(loaded.file.service) is not None
