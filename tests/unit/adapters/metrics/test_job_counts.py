"""Counts that workers write themselves."""

import asyncio
from pathlib import Path

import pytest

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.metrics.jobs import build
from shipway.errors import PortError
from shipway.model.revision import RevisionId

OLD, NEW = RevisionId("1.0-aaaa"), RevisionId("1.1-bbbb")


def written(home: Path, revision: str, replica: str, text: str) -> None:
    path = home / "services" / "mailer" / "jobs" / revision / f"{replica}.prom"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def source(home: Path) -> object:
    return build({}, Context(service="mailer", home=home, clock=WallClock(), health={}))


def test_each_replicas_file_is_a_series_and_what_is_no_count_is_left(tmp_path: Path) -> None:
    text = '# TYPE shipway_jobs_total counter\nshipway_jobs_total{result="ok"} 7\nother_total 3\n'
    written(tmp_path, OLD, "a", text)
    written(tmp_path, OLD, "b", 'shipway_jobs_total{result="failed"} 2\n')
    found = asyncio.run(source(tmp_path).sample([OLD, NEW]))  # type: ignore[attr-defined]
    assert {name: (c.requests, c.errors) for name, c in found[OLD].series.items()} == {"a": (7, 0), "b": (2, 2)}
    assert found[NEW].series == {} and not found[NEW].is_unseen


def test_a_number_that_is_none_is_no_zero(tmp_path: Path) -> None:
    written(tmp_path, OLD, "a", 'shipway_jobs_total{result="ok"} many\n')
    with pytest.raises(PortError, match="counts cannot be read"):
        asyncio.run(source(tmp_path).sample([OLD]))  # type: ignore[attr-defined]
