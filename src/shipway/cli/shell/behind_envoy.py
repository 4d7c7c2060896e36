"""What a release needs of this machine where an Envoy of its own carries its requests."""

from collections.abc import Iterator

from shipway.adapters.traffic.envoy import inotify
from shipway.adapters.traffic.envoy.program import binary
from shipway.cli.render.findings import Finding
from shipway.cli.shell.addresses import addresses
from shipway.cli.shell.encrypting import certificate
from shipway.cli.shell.verifying import keys
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded


def way_in(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """A finding for each address, certificate and key, for the program, and for what it watches."""
    yield from addresses(home, loaded)
    yield from certificate(loaded)
    yield from keys(loaded)
    yield _envoy()
    yield _watches()


def _envoy() -> Finding:
    try:
        return Finding(name="envoy", is_fine=True, said=str(binary()))
    except PortError as error:
        return Finding.of("envoy", error)


def _watches() -> Finding:
    """Each version that serves takes a file for Envoy to watch."""
    try:
        inotify.require(inotify.RELEASE)
    except inotify.NoWatches as error:
        return Finding.of("watches", error)
    return Finding(name="watches", is_fine=True, said="the system lets Envoy watch more files")
