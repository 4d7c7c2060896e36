"""What may go from a service's folder, and what may not."""

import os
import time
from pathlib import Path

import pytest
from pytest import MonkeyPatch

from shipway.adapters.disk import leftovers as module
from shipway.adapters.disk.leftovers import leftovers, remove, size_of
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.records import MARKS_MAX, PreparationRecord, Records, ReplicaRecord
from shipway.errors import StaleGeneration
from shipway.home import Home
from shipway.model.revision import RevisionId

GONE, LIVE = RevisionId("1.8.0-aaaaaaaa"), RevisionId("1.9.0+build-bbbbbbbb")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def records(home: Home) -> Records:
    return Records(home.path, "shop")


def write(path: Path, content: bytes = b"x" * 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def replica(name: str, revision: RevisionId) -> ReplicaRecord:
    return ReplicaRecord(
        id=name,
        revision=revision,
        version="1",
        generation=1,
        port=20_000,
        command="sleep 1",
        directory="/",
        environment={},
        stop_grace=1.0,
        health=HealthOptions(),
        created_at=0.0,
    )


def of_both(home: Home, records: Records) -> list[Path]:
    """What a forgotten and a kept revision have; returned is what the forgotten one has."""
    gone = []
    for name, plain in ((GONE, GONE), (LIVE, LIVE.replace("+", "-"))):
        made = [
            write(home.files("shop") / name / "app.ini"),
            write(records.logs_directory / plain / f"shop-{plain}-g1-1.log"),
            write(records.jobs_directory / plain / "one.prom"),
        ]
        records.preparations_directory.mkdir(parents=True, exist_ok=True)
        preparation = PreparationRecord(revision=name, generation=1, program=f"{plain}-prepare")
        records.keep_preparation(preparation)
        write(records.result_path(preparation), b"0\n")
        gone += made if name == GONE else []
    return gone


def test_all_that_a_forgotten_revision_left_goes_and_nothing_of_one_that_stays(
    home: Home, records: Records
) -> None:
    gone = of_both(home, records)
    found = leftovers(home, "shop", {LIVE})
    assert {leftover.what for leftover in found} == {"files", "logs", "counts", "preparation"}
    before = size_of(home.path)
    freed = remove(found, said=pytest.fail)
    assert freed == before - size_of(home.path) == sum(leftover.bytes for leftover in found)
    assert not any(path.exists() for path in gone)
    assert [record.revision for record in records.preparations()] == [LIVE]
    assert leftovers(home, "shop", {LIVE}) == ()
    assert (home.files("shop") / LIVE / "app.ini").exists()
    assert (records.logs_directory / LIVE.replace("+", "-")).is_dir()


def test_a_revision_with_replicas_is_left_alone_whatever_the_store_says(home: Home, records: Records) -> None:
    of_both(home, records)
    records.replicas_directory.mkdir(parents=True)
    records.keep(replica(f"shop-{GONE}-g1-1", GONE))
    assert leftovers(home, "shop", {LIVE}) == ()


def test_logs_of_gone_replicas_are_bounded_and_the_newest_stay(
    home: Home, records: Records, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GONE_LOGS_BYTES_MAX", 250)
    folder = records.logs_directory / GONE
    logs = [write(folder / f"shop-g{number}-1.log") for number in range(5)]
    for age, path in enumerate(reversed(logs)):
        os.utime(path, (time.time() - age * 10,) * 2)
    records.replicas_directory.mkdir(parents=True)
    records.keep(replica("shop-g0-1", GONE))
    found = leftovers(home, "shop", {GONE})
    assert [Path(leftover.path).name for leftover in found] == ["shop-g2-1.log", "shop-g1-1.log"]


def test_only_old_half_written_files_go(home: Home) -> None:
    folder = home.service("shop")
    old, young = write(folder / "replicas" / ".one.json.123.456"), write(folder / ".status.json.123.457")
    other = write(folder / ".env.production")
    for path in (old, other):
        os.utime(path, (time.time() - 7_200,) * 2)
    assert [leftover.path for leftover in leftovers(home, "shop", ())] == [str(old)]
    assert young.exists()


def test_checklists_of_forgotten_revisions_go_after_a_month(home: Home) -> None:
    paths = {name: write(home.checklist("shop", name)) for name in ("old", "new", LIVE)}
    for name in ("old", LIVE):
        os.utime(paths[name], (0, 0))
    assert [found.path for found in leftovers(home, "shop", [LIVE])] == [str(paths["old"])]


def test_what_cannot_be_removed_is_said_and_the_rest_goes(home: Home, records: Records) -> None:
    of_both(home, records)
    found = leftovers(home, "shop", {LIVE})
    said: list[str] = []
    gone = home.files("shop") / GONE
    (gone / "app.ini").unlink()
    gone.rmdir()
    gone.symlink_to(home.path)
    remove(found, said=said.append)
    assert len(said) == 1 and str(gone) in said[0]
    assert not (records.logs_directory / GONE).exists()


def test_the_fence_forgets_the_oldest_keys_and_none_of_a_running_replica(records: Records) -> None:
    with records.alone():
        records.keep(replica("shop-g1-1", LIVE))
        records.accept(f"capacity:{LIVE}", 1)
        for generation in range(2, MARKS_MAX + 50):
            records.accept(f"capacity:1.{generation}", generation)
        marks = records.marks()
        assert len(marks) == MARKS_MAX
        assert marks[f"capacity:{LIVE}"].accepted == 1
        assert "capacity:1.2" not in marks and f"capacity:1.{MARKS_MAX + 49}" in marks
        with pytest.raises(StaleGeneration):
            records.accept(f"capacity:{LIVE}", 0)
