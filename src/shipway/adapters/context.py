"""What an adapter is built from. Each adapter's module has `build(options, context)`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shipway.ports.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Context:
    """One service on one machine."""

    service: str
    home: Path
    clock: Clock
    health: Mapping[str, object]
    """The release file's probes, as plain JSON."""
    protocol: str = "http1"
    """What replicas speak, as the platform's options say it."""
    deadline_seconds: float = 600.0
