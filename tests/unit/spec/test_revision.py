"""A revision is everything that changes behaviour, and nothing else."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.model.revision import Revision
from shipway.spec.load import parse_release
from shipway.spec.problems import ConfigurationFiles, WrongVersion
from shipway.spec.revision import Contents, contents_of, revision_of

LINES = {
    "service": "service: checkout",
    "platform": "platform:\n  process: {OPTIONS}",
    "health": "health:\n  ready: {path: /up, period: 5s}",
    "files": "files: [config/*.toml]",
    "strategy": "strategy: rolling",
}
OPTIONS = {
    "command": "command: 'bin/{version}/run --port {port}'",
    "prepare": "prepare: 'make {version}'",
    "env": "env: {A: '1', B: '{version}'}",
    "replicas": "replicas: 2",
    "stop_grace": "stop_grace: 30s",
}


def text_of(lines: dict[str, str], options: dict[str, str]) -> str:
    return "\n".join(lines.values()).replace("OPTIONS", ", ".join(options.values()))


def revision(root: Path, version: str = "1.9.0", text: str = text_of(LINES, OPTIONS)) -> Revision:
    return revision_of(parse_release(text, path=root / "shipway.yaml"), version, root=root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "app.toml").write_text("a = 1\n")
    return tmp_path


def test_the_id_is_the_version_and_eight_digits_of_the_hash(root: Path) -> None:
    assert re.fullmatch(r"1\.9\.0-[0-9a-f]{8}", revision(root).id)


def test_the_same_content_is_the_same_revision(root: Path) -> None:
    assert revision(root) == revision(root)


def test_the_version_is_filled_in_and_the_port_is_not(root: Path) -> None:
    platform = revision(root).platform
    assert platform["command"] == "bin/1.9.0/run --port {port}"
    assert platform["env"] == {"A": "1", "B": "1.9.0"}
    assert platform["directory"] == str(root)
    assert "replicas" not in platform


def test_durations_are_seconds_for_the_platform(root: Path) -> None:
    found = revision(root)
    assert found.platform["stop_grace"] == 30.0
    assert found.health["ready"] == {
        "path": "/up", "initial_delay": 5.0, "period": 5.0, "timeout": 2.0, "failure_threshold": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--port {port}", "--port={port}"),
        ("prepare: 'make {version}'", "prepare: make all"),
        ("A: '1'", "A: '2'"),
        ("A: '1', ", ""),
        ("A: '1'", "C: '1'"),
        ("stop_grace: 30s", "stop_grace: 31s"),
        ("path: /up", "path: /down"),
        ("period: 5s", "period: 6s"),
        ("period: 5s", "timeout: 1s"),
        ("files: [config/*.toml]", "files: []"),
        ("replicas: 2", "directory: sub"),
        ("replicas: 2", "ports: 21000-22000"),
    ],
)
def test_a_change_of_behaviour_is_another_revision(root: Path, before: str, after: str) -> None:
    text = text_of(LINES, OPTIONS)
    assert before in text
    assert revision(root, text=text.replace(before, after)).id != revision(root).id


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("replicas: 2", "replicas: 9"),
        ("strategy: rolling", "strategy: canary"),
        ("strategy: rolling", "guard: {interval: 9s}"),
        ("strategy: rolling", "smoke: ./smoke.sh\ndrift: revert\nkeep: 3\ndrain: 1s\ndeadline: 1h"),
        ("strategy: rolling", "traffic: {envoy: {listen: 9999}}"),
        ("strategy: rolling", "# a comment"),
        ("period: 5s", "period: 5000ms, initial_delay: 5s"),
        ("period: 5s}", "period: 5s}\n  steady: 9s"),
        ("stop_grace: 30s", "stop_grace: 30s, directory: ."),
        ("A: '1', B: '{version}'", "B: '{version}', A: 1"),
    ],
)
def test_a_change_of_how_it_is_shipped_or_written_is_not(root: Path, before: str, after: str) -> None:
    text = text_of(LINES, OPTIONS)
    assert before in text
    assert revision(root, text=text.replace(before, after)).id == revision(root).id


def test_another_version_is_another_revision(root: Path) -> None:
    assert revision(root, "2").id.partition("-")[2] != revision(root, "3").id.partition("-")[2]


def test_a_changed_added_or_renamed_configuration_file_is_another_revision(root: Path) -> None:
    ids = [revision(root).id]
    (root / "config" / "app.toml").write_text("a = 2\n")
    ids.append(revision(root).id)
    (root / "config" / "more.toml").write_text("")
    ids.append(revision(root).id)
    (root / "config" / "more.toml").rename(root / "config" / "most.toml")
    ids.append(revision(root).id)
    (root / "config" / "other.txt").write_text("not named")
    ids.append(revision(root).id)
    assert len(set(ids[:4])) == 4
    assert ids[4] == ids[3]


def test_files_are_named_with_the_hash_of_their_content(root: Path) -> None:
    found = revision(root).files
    assert list(found) == ["config/app.toml"]
    assert re.fullmatch("[0-9a-f]{64}", found["config/app.toml"])


def test_contents_that_were_read_before_are_not_read_again(root: Path) -> None:
    loaded = parse_release(text_of(LINES, OPTIONS), path=root / "shipway.yaml")
    contents = Contents(files=contents_of(loaded, root=root))
    before = revision_of(loaded, "1", root=root)
    (root / "config" / "app.toml").unlink()
    assert revision_of(loaded, "1", root=root, contents=contents) == before


def test_the_folder_of_configuration_files_is_filled_in_and_not_hashed(root: Path) -> None:
    text = text_of(LINES, OPTIONS | {"command": "command: 'run {port} {files}/config/app.toml'"})
    loaded = parse_release(text, path=root / "shipway.yaml")
    kept = revision_of(loaded, "1", root=root, kept=Path("/kept"))
    inplace = revision_of(loaded, "1", root=root)
    assert kept.platform["command"] == f"run {{port}} /kept/{kept.id}/config/app.toml"
    assert inplace.platform["command"] == f"run {{port}} {root}/config/app.toml"
    assert kept.id == inplace.id


def test_a_pattern_that_matches_nothing_is_told(root: Path) -> None:
    text = text_of(LINES | {"files": "files:\n- config/*.toml\n- config/*.tml"}, OPTIONS)
    with pytest.raises(ConfigurationFiles, match=re.escape("`config/*.tml` matches no file")) as caught:
        revision(root, text=text)
    assert caught.value.where.endswith("shipway.yaml:8:3")
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize("files", ["files: [many/*]", "files: [config/*, many/*0, many/*1, many/*]"])
def test_too_many_files_are_told_before_they_are_read(root: Path, files: str) -> None:
    (root / "many").mkdir()
    for number in range(1001):
        (root / "many" / f"{number}").touch()
    with pytest.raises(ConfigurationFiles, match="more than 1000 files"):
        revision(root, text=text_of(LINES | {"files": files}, OPTIONS))


def test_a_file_that_is_too_large_is_told(root: Path) -> None:
    with (root / "config" / "big.toml").open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(ConfigurationFiles, match="too large"):
        revision(root)


@pytest.mark.parametrize("version", ["1", "v1.9.0", "2026-05-09", "1.0+build.7", "a" * 64])
def test_usual_versions_are_taken(root: Path, version: str) -> None:
    assert revision(root, version).version == version


@pytest.mark.parametrize(
    "version", ["", "-1", ".", "../x", "a b", "a/b", "a" * 65, "é", "1\n", "{version}", "$(x)"]
)
def test_versions_that_could_mean_something_else_are_refused(root: Path, version: str) -> None:
    with pytest.raises(WrongVersion) as caught:
        revision(root, version)
    assert caught.value.code == "version"


WORDS = st.text(alphabet="abcXYZ019 =/._-", min_size=1, max_size=8).filter(lambda word: bool(word.strip()))
ENVIRONMENTS = st.dictionaries(st.from_regex(r"[A-Z_]{1,4}", fullmatch=True), WORDS, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ENVIRONMENTS, ENVIRONMENTS, st.randoms())
def test_ids_are_equal_exactly_when_environments_are(
    root: Path, one: dict[str, str], other: dict[str, str], random: Random
) -> None:
    def id_of(environment: dict[str, str]) -> str:
        pairs = list(environment.items())
        random.shuffle(pairs)
        written = ", ".join(f"{name}: '{value}'" for name, value in pairs)
        return revision(root, text=text_of(LINES, OPTIONS | {"env": f"env: {{{written}}}"})).id

    assert (id_of(one) == id_of(other)) == (one == other)
    assert id_of(one) == id_of(one)
