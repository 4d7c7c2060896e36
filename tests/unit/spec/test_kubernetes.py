"""What a cluster's pods cannot do yet is refused where the file is read."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.spec.load import parse_release

PODS = "service: a\nplatform: {kubernetes: {manifests: [k8s], image: x}}\n"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("kind: worker\n", "containers are not a worker's platform yet"),
        ("kind: cron\nschedule: {every: 1m}\n", "containers are not a job's platform yet"),
        ("warm_up: [GET /warm]\n", "pods are not warmed up"),
    ],
)
def test_it_is_told_and_not_left_out(more: str, what: str) -> None:
    with pytest.raises(ShipwayError) as failure:
        parse_release(PODS + more, path=Path("shipway.yaml"))
    assert what in str(failure.value)


ON_NODES = "service: a\nplatform: {kubernetes: {manifests: [k8s], image: x, update: {kind: DaemonSet}%s}}\n"


def test_of_a_daemon_set_the_file_does_not_say_how_many() -> None:
    assert parse_release(ON_NODES % "", path=Path("a")).file.platform.kubernetes
    with pytest.raises(ShipwayError, match="a DaemonSet has one pod on each node") as caught:
        parse_release(ON_NODES % ", replicas: 3", path=Path("a"))
    assert len(str(caught.value).splitlines()) == 4
