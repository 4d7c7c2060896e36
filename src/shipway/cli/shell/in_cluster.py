"""What a release needs of a Kubernetes cluster."""

from collections.abc import Iterator

from shipway.adapters.platforms.kubernetes import asking
from shipway.cli.render.findings import Finding
from shipway.cli.shell import manifests
from shipway.cli.shell.ways_in import refused
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded

CLUSTER = ("platform", "kubernetes")


def required(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What would keep a deploy from ever serving; the API server tries everything, and nothing is changed."""
    asked = {"kubeconfig", "context", "namespace", "update", "replicas"}
    options = loaded.file.platform.options.model_dump(include=asked)
    try:
        told = asking.tried(options, revision)
    except PortError as error:
        yield refused("cluster", error, loaded, CLUSTER)
        return
    yield Finding(name="cluster", is_fine=True, said=told)


def found(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """The same, and what in the manifests would lose requests."""
    yield from required(home, loaded, revision)
    yield from doubts(home, loaded, revision)


def doubts(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """What in the manifests would lose requests; nothing is asked of the cluster."""
    yield from manifests.found(loaded)
