"""Where everything of one machine lies: SHIPWAY_HOME."""

import os
from pathlib import Path

VARIABLE = "SHIPWAY_HOME"


class Home:
    """One folder with one store, one supervisor, one Envoy; several services share it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()

    @property
    def store(self) -> Path:
        """The SQLite file."""
        return self.path / "shipway.db"

    @property
    def flags(self) -> Path:
        """The SQLite file of a flag server."""
        return self.path / "flags.db"

    @property
    def flags_token(self) -> Path:
        """The token of whoever administers the flag server on this machine."""
        return self.path / "flags-token"

    def service(self, name: str) -> Path:
        """What belongs to one service."""
        return self.path / "services" / name

    def status(self, name: str) -> Path:
        """What the controller saw last, as JSON of `model.view.View`."""
        return self.service(name) / "status.json"

    def recordings(self, name: str) -> Path:
        """What was counted of past releases, one file each."""
        return self.service(name) / "recordings"

    def checklist(self, name: str, revision: str) -> Path:
        """The list that somebody signed for a revision, as JSON of `model.checklist.Checklist`."""
        return self.service(name) / "checklists" / f"{revision}.json"

    def files(self, name: str) -> Path:
        """Configuration files as they were when deployed, in a folder for each revision."""
        return self.service(name) / "files"


def find() -> Home:
    """SHIPWAY_HOME, or `.shipway` in the user's home."""
    return Home(Path(os.environ.get(VARIABLE) or "~/.shipway"))
