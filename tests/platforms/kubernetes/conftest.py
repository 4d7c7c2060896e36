"""One cluster for all tests of a worker."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker.image import archive
from platforms.docker.network import own_network
from platforms.kubernetes import archives, crds, mesh
from platforms.kubernetes import gateway as gateways
from platforms.kubernetes.cluster import Cluster, running
from platforms.kubernetes.gateway import Gateway
from platforms.kubernetes.kubernetes_stand import APP_IMAGE, KubernetesStand
from platforms.kubernetes.shell import Shell
from real.prometheus import binary


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    layer = archive().read_bytes()
    binary()
    crds.manifest(*crds.GATEWAY_API)
    crds.only(crds.ISTIO, mesh.KINDS)
    made = archives.image(layer, APP_IMAGE, ["/bin/sh"], {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    with own_network(), running(Path(tempfile.mkdtemp(prefix="swk-"))) as cluster:
        cluster.add_image(made)
        yield cluster


@pytest.fixture(scope="session")
def gateway(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateways.running(cluster, tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture(scope="session")
def routed(cluster: Cluster) -> Cluster:
    """One that knows the Gateway API's kinds."""
    gateways.define(cluster)
    return cluster


@pytest.fixture(scope="session")
def meshed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One that knows Istio's kinds."""
    with mesh.defined(cluster, tmp_path_factory.mktemp("mesh")) as made:
        yield made


@pytest.fixture
def shell(cluster: Cluster, tmp_path: Path) -> Iterator[Shell]:
    made = Shell(cluster, tmp_path)
    yield made
    made.close()


@pytest.fixture
def stand(cluster: Cluster, tmp_path: Path) -> Iterator[KubernetesStand]:
    stand = KubernetesStand(cluster, tmp_path)
    yield stand
    stand.close()
