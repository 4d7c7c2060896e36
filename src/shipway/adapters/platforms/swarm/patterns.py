"""What is remembered of a service that the Swarm updates itself, in files. Every method here blocks."""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from shipway.adapters.platforms.docker import labels
from shipway.adapters.replicas.records import Records, ReplicaRecord, plain
from shipway.adapters.supervisor import durable

PATTERNS_MAX = 20
"""Of the revisions that were asked for last; more than two of them never run side by side."""


class Asked(Struct, frozen=True):
    """What the Swarm was asked for last of a service that it updates."""

    spec: dict[str, Any]
    before: dict[str, Any] | None = None
    """What it was when this was decided; none where it was not there."""
    of_revision: int = 0
    """How many tasks of the revision there are once that is done."""
    full: int = 0
    """How many tasks there were when one revision had all; with fewer, the Swarm would swap them for ever."""
    former: str = ""
    """The revision that had all tasks before, while two of them have some."""

    @property
    def revision(self) -> str:
        """Whose tasks the Swarm starts, also in the place of others that end."""
        return str(self.spec["Labels"][labels.REVISION])

    @property
    def replicas(self) -> int:
        """Of all revisions."""
        return int(self.spec["Mode"]["Replicated"]["Replicas"])


@dataclass(frozen=True)
class Patterns:
    """Of one service of Shipway's."""

    records: Records

    def keep(self, pattern: ReplicaRecord) -> None:
        """What tasks of a revision have."""
        folder = durable.directory(self.records.directory / "patterns")
        durable.replace(folder / f"{plain(pattern.revision)}.json", msgspec.json.encode(pattern))
        for old in sorted(folder.glob("*.json"), key=lambda path: -path.stat().st_mtime)[PATTERNS_MAX:]:
            old.unlink(missing_ok=True)

    def of(self, revision: str) -> ReplicaRecord | None:
        """None of one that was never asked for here."""
        found = durable.read(self.records.directory / "patterns" / f"{plain(revision)}.json")
        return msgspec.json.decode(found, type=ReplicaRecord) if found else None

    def keep_asked(self, asked: Asked) -> None:
        """Before it is asked for, so that whoever comes after a crash knows whose change it was."""
        durable.directory(self.records.directory)
        durable.replace(self.records.directory / "common.json", msgspec.json.encode(asked))

    def asked(self) -> Asked | None:
        """None before the first time."""
        found = durable.read(self.records.directory / "common.json")
        return msgspec.json.decode(found, type=Asked) if found else None

    def forget_asked(self) -> None:
        """The service is gone, and that is as it should be."""
        (self.records.directory / "common.json").unlink(missing_ok=True)
