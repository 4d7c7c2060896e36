"""What pods use, from a metrics server's numbers."""

import asyncio
from typing import Any

import pytest

from shipway.adapters.platforms.kubernetes.cluster import ManifestRefused
from shipway.adapters.platforms.kubernetes.usage import AWAY_SECONDS, LOOK_SECONDS, PodResources, Usages, quantity
from shipway.model.metric import ERROR_LINES, MEMORY, Metric
from shipway.model.revision import RevisionId

ID, LABEL = RevisionId("1.9.0-7f3a91c2"), "1.9.0-7f3a91c2"


class Metrics:
    """A metrics server, or none."""

    def __init__(self, **cpu: str) -> None:
        self.cpu, self.asked, self.is_there = cpu, 0, True

    async def list(self, kind: object, selector: str) -> list[dict[str, Any]]:
        self.asked += 1
        if not self.is_there:
            raise ManifestRefused("no", why="the server could not find the requested resource.")
        containers = lambda cpu: [{"usage": {"cpu": cpu, "memory": "64Mi"}}, {"usage": {"memory": "64Mi"}}]  # noqa: E731
        return [{"metadata": {"name": name}, "containers": containers(cpu)} for name, cpu in self.cpu.items()]


def pod(name: str, restarts: int = 0) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"shipway.dev/revision": LABEL}},
        "status": {"containerStatuses": [{"restartCount": restarts}]},
    }


def looked(usages: Usages, at: float, *there: dict[str, Any]) -> None:
    asyncio.run(usages.look(there, {LABEL: ID}, at))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", 0.25),
        ("1", 1.0),
        ("12345678n", 0.012345678),
        ("64Mi", 67108864.0),
        ("1k", 1000.0),
        ("1e3", 1000.0),
    ],
)
def test_quantities_are_read(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


def test_processor_time_is_summed_and_memory_is_the_mean_of_pods() -> None:
    usages = Usages(Metrics(a="500m", b="1"), "checkout")  # type: ignore[arg-type]
    looked(usages, 100.0, pod("a"), pod("b", restarts=3))
    looked(usages, 110.0, pod("a", restarts=1), pod("b", restarts=3))
    found = usages.found[ID]
    assert (found.cpu_cores, found.cpu_seconds) == (1.5, 15.0)
    assert found.memory_bytes == 128 * 2**20
    assert found.restarts == 1, "those of before are nobody's"
    assert found.error_lines is None


def test_a_young_look_is_enough() -> None:
    metrics = Metrics(a="1")
    usages = Usages(metrics, "checkout")  # type: ignore[arg-type]
    looked(usages, 100.0, pod("a"))
    looked(usages, 100.0 + LOOK_SECONDS / 2, pod("a"))
    assert metrics.asked == 1


def test_without_a_metrics_server_nothing_is_known_and_it_is_rarely_asked() -> None:
    metrics = Metrics(a="1")
    metrics.is_there = False
    usages = Usages(metrics, "checkout")  # type: ignore[arg-type]
    for at in (100.0, 101.0, 110.0):
        looked(usages, at, pod("a"))
    assert (metrics.asked, usages.found, usages.at) == (1, {}, None)
    metrics.is_there = True
    looked(usages, 101.0 + AWAY_SECONDS, pod("a"))
    assert usages.found[ID].replicas == 1


def test_what_a_cluster_does_not_tell_is_said_before_a_release_depends_on_it() -> None:
    metrics = Metrics()
    usages = Usages(metrics, "checkout")  # type: ignore[arg-type]
    resources = PodResources(lambda: (usages.at, usages.found), None, usages=usages)  # type: ignore[arg-type]
    asked = [Metric(name="memory", resource=MEMORY), Metric(name="errors", resource=ERROR_LINES)]
    assert set(asyncio.run(resources.probe(asked, ID))) == {"errors"}
    metrics.is_there = False
    told = asyncio.run(resources.probe(asked, ID))
    assert "metrics-server" in told["memory"].fix and set(told) == {"memory", "errors"}
