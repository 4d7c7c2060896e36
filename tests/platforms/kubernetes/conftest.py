"""One cluster for all tests of a worker."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker.image import archive
from platforms.docker.network import own_network
from platforms.kubernetes import archives, crds
from platforms.kubernetes import gateway as gateways
from platforms.kubernetes.cluster import Cluster, running
from platforms.kubernetes.gateway import Gateway
from platforms.kubernetes.kubernetes_stand import APP_IMAGE, KubernetesStand
from real.prometheus import binary


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    layer = archive().read_bytes()
    binary()
    crds.manifest(*crds.GATEWAY_API)
    made = archives.image(layer, APP_IMAGE, ["/bin/sh"], {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    with own_network(), running(Path(tempfile.mkdtemp(prefix="swk-"))) as cluster:
        cluster.add_image(made)
        yield cluster


@pytest.fixture(scope="session")
def gateway(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateways.running(cluster, tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def stand(cluster: Cluster, tmp_path: Path) -> Iterator[KubernetesStand]:
    stand = KubernetesStand(cluster, tmp_path)
    yield stand
    stand.close()
