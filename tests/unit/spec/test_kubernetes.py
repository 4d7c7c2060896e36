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


def test_a_daemon_set_is_refused_with_the_reason() -> None:
    text = "service: a\nplatform: {kubernetes: {manifests: [k8s], image: x, update: {kind: DaemonSet}}}\n"
    with pytest.raises(ShipwayError, match="cannot be updated a batch at a time") as caught:
        parse_release(text, path=Path("a"))
    assert "Nodes say how many pods it has" in str(caught.value)
