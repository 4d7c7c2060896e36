"""How a container says whose it is."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from shipway.adapters.replicas.records import ReplicaRecord

HOME, SERVICE, REVISION = "shipway.home", "shipway.service", "shipway.revision"
VERSION, GENERATION = "shipway.version", "shipway.generation"
REPLICA = "shipway.replica"
"""Which it is, also where other hands gave it another name."""
TRIED = "shipway.check"
"""Of a container that belongs to no release."""
HOME_DIGITS = 8


def of(record: ReplicaRecord, home: Path) -> Mapping[str, str]:
    """Beside the user's own. One that is only tried is nobody's replica."""
    if not record.generation:
        return {TRIED: record.service}
    return {
        HOME: str(home),
        SERVICE: record.service,
        REPLICA: record.id,
        REVISION: record.revision,
        VERSION: record.version,
        GENERATION: str(record.generation),
    }


def replica_of(inspected: Mapping[str, Any]) -> str:
    """Which replica a container is; its name where it says none."""
    told = (inspected["Config"].get("Labels") or {}).get(REPLICA)
    return str(told or inspected["Name"].removeprefix("/"))


def ours(home: Path, service: str | None = None) -> list[str]:
    """A filter for all that is this home's, or one service's in it."""
    return [f"{HOME}={home}", *([f"{SERVICE}={service}"] if service else [])]


def network_of(home: Path) -> str:
    """The name of a home's own network."""
    return f"shipway-{sha256(str(home).encode()).hexdigest()[:HOME_DIGITS]}"
