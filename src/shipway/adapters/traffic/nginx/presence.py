"""What `shipway check` asks about nginx before anything is changed."""

from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.traffic._sockets import listener
from shipway.adapters.traffic.nginx import processes, program
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.state import ports_of, states
from shipway.errors import PortError


def said() -> str:
    """`nginx 1.22.1, /usr/sbin/nginx`. Raises `PortError` for none."""
    return f"nginx {program.version()}, {program.binary()}"


def served(home: Path) -> Mapping[int, str]:
    """By port: the service that nginx of this home was told to serve there."""
    try:
        told = dict(states(Home(home)))
    except (OSError, PortError):
        return {}  # what cannot be read claims no port; whoever needs it next says why it cannot
    return {port: name for name, state in told.items() for port in ports_of({name: state})}


def serves(home: Path, port: int) -> bool:
    """Whether the program that listens on a port is this home's nginx, as far as the system tells."""
    found = listener(port)
    return found is not None and found.pid in processes.all_of(Home(home))
