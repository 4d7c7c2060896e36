"""The adapters of one service, and the store of all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shipway.ports.clock import Clock
from shipway.ports.database import Database
from shipway.ports.exposures import Exposures
from shipway.ports.flag_service import FlagService
from shipway.ports.gate import Gate
from shipway.ports.jobs import Jobs
from shipway.ports.journal import Journal
from shipway.ports.leases import Leases
from shipway.ports.measures import Measures
from shipway.ports.metric_source import MetricSource
from shipway.ports.mirror_counts import MirrorCounts
from shipway.ports.platform import Platform
from shipway.ports.replica_counts import ReplicaCounts
from shipway.ports.revisions import Revisions
from shipway.ports.traffic import Traffic


@dataclass(frozen=True)
class Ports:
    """What one service stands on. A dimension that a service does not use has no port."""

    platform: Platform
    traffic: Traffic | None
    """None where replicas fetch their work themselves."""
    metrics: MetricSource | None = None
    measures: Mapping[str, Measures] = field(default_factory=dict)
    """Who answers `guard.metrics`, by the kind of question: see `engine/measuring.py`."""
    replica_counts: ReplicaCounts | None = None
    """Where the source of metrics tells replicas apart."""
    mirror_counts: MirrorCounts | None = None
    """Where the data plane copies requests."""
    jobs: Jobs | None = None
    """Where jobs are started at instants."""
    flags: FlagService | None = None
    exposures: Exposures | None = None
    """Who counts what happens to users with and without a flag."""
    database: Database | None = None
    gates: Mapping[str, Gate] = field(default_factory=dict)
    address: str = ""
    """Where users reach the service, told to gates."""
    preview: str = ""

    async def close(self) -> None:
        """Let go of what the adapters hold: clients, probes. What they started runs on."""
        for port in (self.platform, self.traffic, self.metrics, self.flags, self.database):
            close = getattr(port, "close", None)
            if close is not None:
                await close()


@dataclass(frozen=True)
class Store:
    """What outlives a controller."""

    journal: Journal
    leases: Leases
    revisions: Revisions
    clock: Clock
