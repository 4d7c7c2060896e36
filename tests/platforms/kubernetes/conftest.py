"""One cluster for all tests of a worker."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker.image import archive
from platforms.docker.network import own_network
from platforms.kubernetes import archives
from platforms.kubernetes.cluster import Cluster, running
from platforms.kubernetes.kubernetes_stand import APP_IMAGE, KubernetesStand
from real.prometheus import binary


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    layer = archive().read_bytes()
    binary()
    made = archives.image(layer, APP_IMAGE, ["/bin/sh"], {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    with own_network(), running(Path(tempfile.mkdtemp(prefix="swk-"))) as cluster:
        cluster.add_image(made)
        yield cluster


@pytest.fixture
def stand(cluster: Cluster, tmp_path: Path) -> Iterator[KubernetesStand]:
    stand = KubernetesStand(cluster, tmp_path)
    yield stand
    stand.close()
