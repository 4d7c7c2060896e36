"""A pod tells by itself that its node does not answer."""

from typing import Any

import pytest

from shipway.adapters.platforms.kubernetes import lost

AT = 1_778_335_500.0
"""14:05:00 UTC."""


def pod(ready: dict[str, Any], *, containers: str = "True", deletion: str | None = None) -> dict[str, Any]:
    conditions = [
        {"type": "Ready", "lastTransitionTime": "2026-05-09T14:03:00Z", **ready},
        {"type": "ContainersReady", "status": containers},
    ]
    metadata = {"name": "a-1", **({"deletionTimestamp": deletion} if deletion else {})}
    return {"metadata": metadata, "spec": {"nodeName": "two"}, "status": {"conditions": conditions}}


UNHEARD = {"status": "False"}


def test_a_pod_that_is_unready_without_a_reason_is_on_a_lost_node() -> None:
    found = pod(UNHEARD)
    since = lost.since(found, AT)
    assert since == AT - 120.0
    assert lost.said(found, since) == "node two has not answered since 14:03:00 UTC"


@pytest.mark.parametrize(
    "found",
    [
        pod({"status": "True"}),
        pod({"status": "False", "reason": "ContainersNotReady"}, containers="False"),
        pod({"status": "False", "reason": "ReadinessGatesNotReady"}),
        {"metadata": {"name": "a-1"}, "spec": {}, "status": {}},
    ],
    ids=["ready", "its containers are not", "a gate is not", "not begun"],
)
def test_one_whose_kubelet_speaks_is_not(found: dict[str, Any]) -> None:
    assert lost.since(found, AT) is None


def test_one_that_should_have_ended_is_lost_too_though_it_was_not_ready_before() -> None:
    ill = {"status": "False", "reason": "ContainersNotReady"}
    assert lost.since(pod(ill, containers="False", deletion="2026-05-09T14:04:45Z"), AT) is None
    overdue = pod(ill, containers="False", deletion="2026-05-09T14:04:00Z")
    since = lost.since(overdue, AT)
    assert since == AT - 60.0
    said = "node two has not answered since 14:04:00 UTC, and whether it ended is not known"
    assert lost.said(overdue, since) == said
