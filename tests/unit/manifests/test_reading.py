"""Manifests of files, folders and standard input, each with its place."""

import io
from pathlib import Path

import pytest

from shipway.manifests import reading
from shipway.manifests.reading import BadManifest, parsed, read
from unit.manifests.cases import SERVICE, WEB

WHERE = "shipway.yaml:4:5"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def forgotten() -> None:
    reading._standard_input.cache_clear()


def test_each_part_has_its_place() -> None:
    deployment, service = parsed(WEB + SERVICE, "all.yaml")
    assert deployment.where("spec", "template", "spec", "containers", 0, "image") == "all.yaml:14:18"
    assert service.where("spec", "ports", 0, "targetPort").startswith("all.yaml:")
    assert deployment.where("spec", "strategy", "type") == deployment.where("spec"), "the nearest that is written"


def test_a_list_is_its_items() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: web}}\n"
    (service,) = parsed(text, "all.yaml")
    assert service.called == "Service web" and service.where() == "all.yaml:4:3"


def test_standard_input_is_read_once_however_often_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(WEB))
    first = read(["-"], root=tmp_path, where=WHERE)
    (again,) = read(["-"], root=tmp_path, where=WHERE)
    assert [again.name] == [one.name for one in first] == ["web"]
    assert again.where() == "standard input:2:1"


@pytest.mark.parametrize(
    ("stream", "what"),
    [(Terminal(), "which is a terminal"), (io.StringIO(" \n"), "no manifests on standard input")],
)
def test_standard_input_without_manifests_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, what: str
) -> None:
    monkeypatch.setattr("sys.stdin", stream)
    with pytest.raises(BadManifest, match=what) as failure:
        read(["-"], root=tmp_path, where=WHERE)
    assert failure.value.where == WHERE and failure.value.why and failure.value.fix


def test_a_kustomization_in_the_folder_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization\nresources: [web.yaml]\n")
    (tmp_path / "web.yaml").write_text(WEB)
    assert [one.name for one in read(["."], root=tmp_path, where=WHERE)] == ["web"]
