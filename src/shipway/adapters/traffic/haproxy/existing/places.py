"""Where everything of one service lies."""

from pathlib import Path


class Place:
    """Its own files. HAProxy reads one of them, and writes none."""

    def __init__(self, home: Path, service: str) -> None:
        self.directory = home.absolute() / "haproxy" / "backends" / service
        self.state = self.directory / "state.json"
        self.lock = self.directory / "lock"
        self.servers = self.directory / "servers.state"
        """What the backend names in `server-state-file-name`."""
