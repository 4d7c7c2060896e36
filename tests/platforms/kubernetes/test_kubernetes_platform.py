"""A real cluster keeps the contract of platforms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.kubernetes_stand import KubernetesStand

pytestmark = pytest.mark.real


class TestKubernetesPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, cluster: Cluster, tmp_path: Path) -> Iterator[KubernetesStand]:  # type: ignore[override]
        stand = KubernetesStand(cluster, tmp_path)
        yield stand
        stand.close()
