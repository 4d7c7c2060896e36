"""Hands pods back: what serves stays in the cluster, and its manifests are written down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.supervisor import durable
from shipway.app import Shipway
from shipway.cli.render.ejection import Ejection
from shipway.cli.shell import reading
from shipway.cli.shell.services import seen
from shipway.engine.ports import Ports
from shipway.engine.state import ServiceState
from shipway.home import Home
from shipway.model.revision import RevisionId

MANIFESTS = "manifests.yaml"
WAY_IN = "The object that carries requests is put back as it was."


@asynccontextmanager
async def ports_of(home: Home, state: ServiceState) -> AsyncIterator[Ports | None]:
    """The service's, where its platform is a cluster."""
    if state.proven is None:
        yield None
        return
    with Shipway(home) as shipway:
        ports = await shipway.assemble(state.service)
        try:
            yield ports if isinstance(ports.platform, KubernetesPlatform) else None
        finally:
            await ports.close()


async def found(home: Home, state: ServiceState, platform: KubernetesPlatform, folder: Path) -> Ejection:
    """The pods that serve. Raises `PortError`."""
    assert state.proven is not None, "asked before"
    fleet = await platform.observe()
    mine = [one for one in fleet.replicas if one.revision == state.proven and one.draining_since is None]
    view = seen(home, state.service)
    has_envoy = (home.path / "envoy").is_dir()
    return Ejection(
        service=state.service,
        version=reading.known(home, state.service)[state.proven].version,
        platform="kubernetes",
        replicas=tuple(f"{one.id}  {one.address}" for one in mine),
        proxy=view.address if view and has_envoy else "",
        flags={name: str(share) for name, share in state.rest.flags.items()},
        schema={name: phase.name.lower().replace("_", "-") for name, phase in state.schema.items()},
        folder=str(folder),
    )


async def written(platform: KubernetesPlatform, revision: RevisionId, folder: Path) -> str:
    """The manifests of what serves, such that applying them changes nothing. Raises `PortError`."""
    objects = await platform.exported(revision)
    text: str = yaml.safe_dump_all(list(objects), sort_keys=False)
    durable.replace(durable.directory(folder) / MANIFESTS, text.encode())
    return MANIFESTS


async def handed_back(platform: KubernetesPlatform, revision: RevisionId) -> None:
    """After nothing of Shipway moves it any more. Raises `PortError`."""
    await platform.freed(revision)


def is_moved(ports: Ports) -> bool:
    """Whether an object of the cluster carries the requests, of which Shipway moves a field."""
    return hasattr(ports.traffic, "hand_back")


async def way_in_handed_back(ports: Ports) -> str:
    """What became of that object; nothing where there is none. Raises `PortError`."""
    if not is_moved(ports):
        return ""
    traffic: Any = ports.traffic
    said: str = await traffic.hand_back()
    return said
