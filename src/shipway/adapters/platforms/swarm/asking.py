"""What may be asked of a Swarm before anything is changed. All raise `PortError`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.swarm import names
from shipway.adapters.platforms.swarm.options import HandedFile
from shipway.adapters.replicas.container import Given
from shipway.errors import PortError


def check_manager(address: str) -> None:
    """Whether this engine may change the Swarm."""
    with telling(address):
        told = engine(address).info()["Swarm"]
    if told.get("ControlAvailable"):
        return
    is_worker = told.get("LocalNodeState") == "active"
    raise PortError(
        "this engine cannot change a Swarm",
        where=address,
        why="It is a worker of one: only managers take orders." if is_worker else "It belongs to none.",
        fix="Run Shipway on a manager, or `docker node promote` this one."
        if is_worker
        else "docker swarm init, or docker swarm join as a manager.",
    )


def nodes(address: str) -> int:
    """How many take tasks."""
    with telling(address):
        found = engine(address).nodes()
    return sum(
        node["Status"]["State"] == "ready" and node["Spec"].get("Availability") == "active" for node in found
    )


def secrets(address: str, names: Sequence[str], handed: Sequence[HandedFile] = ()) -> tuple[Given, ...]:
    """By the ids that they have now."""
    asked = (*(HandedFile(name=name, target=name) for name in names), *handed)
    return given(address, "secret", asked) if asked else ()


def given(address: str, kind: str, handed: Sequence[HandedFile]) -> tuple[Given, ...]:
    """Secrets or configs that the Swarm has."""
    client = engine(address)
    with telling(address):
        listed = client.secrets() if kind == "secret" else client.configs()
    known = {one["Spec"]["Name"]: one["ID"] for one in listed}
    missing = next((one for one in handed if one.name not in known), None)
    if missing is not None:
        raise PortError(
            f"the Swarm has no {kind} {missing.name}",
            where=f"platform.swarm.{kind}s",
            why=f"It has {', '.join(sorted(known)) or 'none'}.",
            fix=f"docker {kind} create {missing.name} {missing.file or 'FILE'}",
        )
    return tuple(
        Given(known[one.name], one.name, one.target, uid=one.uid, gid=one.gid, mode=one.mode) for one in handed
    )


def called(address: str, prefix: str) -> frozenset[str]:
    """Names of services that begin so, whosever they are: another home's service may be called the same."""
    with telling(address):
        found = engine(address).services(filters={"name": prefix})
    return frozenset(one["Spec"]["Name"] for one in found)


def check_ours(address: str, name: str, whose: Mapping[str, str] | None, home: Path) -> None:
    """Raises `PortError` where a service of this name is another's. `whose` are its labels, none without one."""
    if whose is None or whose.get(labels.HOME) == str(home):
        return
    other = whose.get(labels.HOME)
    raise PortError(
        f"another service of the Swarm is called {name}",
        where=address,
        why=f"It belongs to {other}." if other else "Shipway did not make it.",
        fix=f"Rename the service in one of both release files, or `docker service rm {name}` if nobody needs it.",
    )


def check_common(address: str, service: str, home: Path) -> None:
    """The same of the one service that has all replicas, before anything is changed."""
    name = names.common(service)
    with telling(address):
        found = unless_gone(lambda: engine(address).inspect_service(name))
    check_ours(address, name, (found["Spec"].get("Labels") or {}) if found else None, home)
