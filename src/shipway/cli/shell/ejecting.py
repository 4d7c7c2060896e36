"""Hands a service back: looks, writes files, moves requests to a proxy of nobody's, and ends what is ours."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import yaml
from msgspec.structs import replace

from shipway.adapters.platforms.docker import ejecting as containers
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.platforms.process import ejecting as processes
from shipway.adapters.platforms.swarm import ejecting as services
from shipway.adapters.platforms.swarm.tasks import is_task
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Supervisor, durable, systemd
from shipway.adapters.supervisor.daemon import EJECTED
from shipway.adapters.traffic.envoy.ejecting import Copy, drained
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.app import CONTROLLER
from shipway.cli.render import ejection_readme
from shipway.cli.render.ejection import Ejection
from shipway.cli.shell import ejecting_pods, reading
from shipway.cli.shell.services import all_services, seen
from shipway.engine.ports import Ports
from shipway.engine.state import ServiceState
from shipway.errors import Exit, ShipwayError
from shipway.home import Home

DRAIN_SECONDS = 60.0
"""For requests that the former proxy has in hand."""


STAYS = "Port {port} of every node goes on leading to it: the Swarm's routing mesh stays."
REMOVE = "`shipway startup --remove`, with --system where it was set up so."


class NotEjectable(ShipwayError):
    """A service that cannot be handed back as it is now."""

    code = "eject"
    exit_code = Exit.REFUSED


async def ejected(home: Home, service: str, folder: Path, *, does_it: bool) -> Ejection:
    """What is handed back; done where it is asked for. Raises `NotEjectable`."""
    state = reading.state(home, service)
    async with ejecting_pods.ports_of(home, state) as ports:
        if ports is not None:
            return await _of_cluster(home, state, ports, folder, does_it=does_it)
    records = tuple(r for r in Records(home.path, service).replicas() if r.stopping_since is None)
    _check(home, state, folder, has_replicas=bool(records))
    mesh = await asyncio.to_thread(_mesh, records)
    if not mesh:
        _check_proxy(home, state)
    found = _found(home, state, records, folder)
    found = replace(found, proxy="", way_in=STAYS.format(port=mesh)) if mesh else found
    if not does_it:
        return found
    found = replace(found, files=_written(home, found, records, state, mesh=mesh))
    if found.platform == "process":
        return found
    return await _handed_over(home, found)


async def _of_cluster(home: Home, state: ServiceState, ports: Ports, folder: Path, *, does_it: bool) -> Ejection:
    """The same of pods: the cluster keeps them."""
    assert state.proven is not None, "a service without a version has no pods"
    pods = ports.platform
    assert isinstance(pods, KubernetesPlatform), "asked before"
    found = await ejecting_pods.found(home, state, pods, folder)
    found = replace(found, way_in=ejecting_pods.WAY_IN if ejecting_pods.is_moved(ports) else "")
    _check(home, state, folder, has_replicas=bool(found.replicas))
    if not does_it:
        return found
    manifests = await ejecting_pods.written(pods, state.proven, folder)
    found = replace(found, files=(manifests, *_written(home, found, (), state)))
    found = await _handed_over(home, found)
    found = replace(found, way_in=await ejecting_pods.way_in_handed_back(ports))
    await ejecting_pods.handed_back(pods, state.proven)
    return found


def _check(home: Home, state: ServiceState, folder: Path, *, has_replicas: bool) -> None:
    others = [
        name for name in all_services(home) if name != state.service and not reading.state(home, name).is_down
    ]
    if state.run is not None:
        raise _refused(state, "A release is under way.", "Let it end, or take it back: `shipway abort`.")
    if others:
        why = f"It shares supervisor and Envoy with {', '.join(others)}, which would end too."
        raise _refused(state, why, "`shipway down` those, or run them from another SHIPWAY_HOME first.")
    if not has_replicas:
        raise _refused(state, "It has no replicas on this machine.", "There is nothing to hand back.")
    if folder.exists() and any(folder.iterdir()):
        raise _refused(state, f"{folder} has files in it already.", "Name another folder: --to FOLDER.")
    if any(systemd.unit_path(home.path, is_system=is_system).exists() for is_system in (False, True)):
        raise _refused(state, "systemd starts Shipway with the machine, and so a second proxy.", REMOVE)


def _mesh(records: tuple[ReplicaRecord, ...]) -> int:
    """The port of a Swarm's routing mesh that carries requests; 0 where something else does."""
    task = next((record for record in records if is_task(record)), None)
    if task is None or task.container is None:
        return 0
    return Nodes(task.container.engine, 0).published(task.service) or 0


def _check_proxy(home: Home, state: ServiceState) -> None:
    if not (home.path / "envoy").is_dir() and (view := seen(home, state.service)) and view.address:
        raise _refused(
            state, "Its proxy is not Envoy.", "Its files stay where they are: end Shipway's programs by hand."
        )


def _refused(state: ServiceState, why: str, fix: str) -> NotEjectable:
    return NotEjectable(f"{state.service} is not handed back", where=f"service {state.service}", why=why, fix=fix)


def _found(home: Home, state: ServiceState, records: tuple[ReplicaRecord, ...], folder: Path) -> Ejection:
    view = seen(home, state.service)
    return Ejection(
        service=state.service,
        version=records[-1].version,
        platform=_platform(records[0]),
        replicas=tuple(f"{record.id}  {record.address if record.port else ''}".rstrip() for record in records),
        proxy=view.address if view else "",
        flags={name: str(share) for name, share in state.rest.flags.items()},
        schema={name: phase.name.lower().replace("_", "-") for name, phase in state.schema.items()},
        folder=str(folder),
    )


def _platform(record: ReplicaRecord) -> str:
    if record.container is None:
        return "process"
    return "swarm" if record.container.swarm else "docker"


def _written(
    home: Home, found: Ejection, records: tuple[ReplicaRecord, ...], state: ServiceState, *, mesh: int = 0
) -> tuple[str, ...]:
    """Every file but the proxy's, whose folder is named."""
    folder = durable.directory(Path(found.folder))
    texts = {
        "README.md": ejection_readme.text(found),
        "flags.json": _json(found.flags),
        "schema.json": _json(found.schema),
    }
    if found.platform == "process":
        texts["Procfile"] = processes.procfile(records)
        texts |= {f"{record.id}.service": processes.unit(record) for record in records}
    elif found.platform == "docker":
        texts["compose.yaml"] = yaml.safe_dump(containers.composed(records), sort_keys=False)
    elif found.platform == "swarm":
        texts["stack.yaml"] = yaml.safe_dump(services.composed(records, published=mesh), sort_keys=False)
    for name, text in texts.items():
        durable.replace(folder / name, text.encode())
    if found.proxy:
        Copy(home.path, folder / "proxy").write()
    return (*sorted(texts), *(["proxy/"] if found.proxy else []))


def _json(told: Mapping[str, str]) -> str:
    return json.dumps(dict(told), indent=2) + "\n"


async def _handed_over(home: Home, found: Ejection) -> Ejection:
    """First somebody else takes requests, then ours ends; a step that fails before that changes nothing."""
    supervisor, number, was_quiet = Supervisor(home.path), None, True
    copy = Copy(home.path, Path(found.folder) / "proxy")
    if found.proxy:
        number = await asyncio.to_thread(copy.start)
    durable.replace(home.path / EJECTED, f"{found.service}\n".encode())
    if await supervisor.is_running():
        await supervisor.stop(CONTROLLER)
    if found.proxy:
        was_quiet = await asyncio.to_thread(drained, home.path, seconds=DRAIN_SECONDS)
    await supervisor.shutdown()
    return replace(found, proxy_process=number, is_done=True, was_quiet=was_quiet)
