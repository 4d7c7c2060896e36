"""Real repositories, also hostile ones, are read by git; what comes out is data."""

import os
from pathlib import Path

import pytest

from shipway.adapters.git import command
from shipway.adapters.git.failures import GitFailed, NoGit, NoRepository, Shallow, UnknownRevision
from shipway.adapters.git.reading import Reading
from shipway.adapters.git.revisions import ranged, tag_of
from shipway.assessment.change import Change
from shipway.errors import ShipwayError
from unit.adapters.git.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.commit(
        "begin", {"a.py": "1\n2\n3\n", "requirements.txt": "six==1\n", "b.py": "x = 1\ny = 2\nz = 3\n" * 9}
    )
    return made


def seen(repository: Repository, words: str | None = None, **further: object) -> Change:
    reading = Reading(ranged(repository.path, words), with_lines="covered" in further)
    return reading.change(lambda path: path.endswith(".txt"), **further)  # type: ignore[arg-type]


def test_files_are_counted_and_texts_read_where_they_are_wanted(repository: Repository) -> None:
    repository.commit("change\n\nmore", {"a.py": "1\n2\n4\n5\n", "requirements.txt": "six==2\n"})
    change = seen(repository)
    assert [(one.path, one.status, one.added, one.removed) for one in change.files] == [
        ("a.py", "M", 2, 1),
        ("requirements.txt", "M", 1, 1),
    ]
    assert [(one.before, one.after) for one in change.files] == [(None, None), ("six==1\n", "six==2\n")]
    assert [one.subject for one in change.commits] == ["change"]
    assert [(one.subject, sorted(one.paths)) for one in change.past] == [
        ("begin", ["a.py", "b.py", "requirements.txt"])
    ]


def test_a_renamed_file_is_one_and_has_both_names(repository: Repository) -> None:
    repository.git("mv", "b.py", "c d\te.py")
    repository.commit("rename")
    assert [(one.path, one.former, one.status, one.lines) for one in seen(repository).files] == [
        ("c d\\te.py", "b.py", "R", 0)
    ]


def test_names_that_are_not_utf_8_and_names_of_several_lines_are_escaped(repository: Repository) -> None:
    repository.write(b"caf\xe9.py", "1\n")
    repository.write("new\nline.py", "1\n")
    repository.write('quo"te.py', "1\n")
    repository.write(":100644 x", "1\n")
    repository.commit("names")
    assert sorted(one.path for one in seen(repository).files) == [
        ":100644 x",
        "caf\\xe9.py",
        "new\\nline.py",
        'quo"te.py',
    ]
    repository.commit("after")
    assert "caf\\xe9.py" in seen(repository).past[0].paths


def test_binaries_submodules_links_and_modes(repository: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit("one", {"x": "1"})
    repository.git("submodule", "add", "-q", str(library.path), "lib")
    repository.write("tool", b"\0\1\2")
    (repository.path / "link").symlink_to("a.py")
    (repository.path / "a.py").chmod(0o755)
    repository.commit("kinds")
    found = {one.path: one for one in seen(repository).files}
    assert found["lib"].is_submodule
    assert found["tool"].is_binary
    assert found["link"].lines == 1
    assert (found["a.py"].lines, found["a.py"].status) == (0, "M")


def test_a_merge_is_what_it_brings(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", {"side.py": "1\n"})
    repository.git("checkout", "-q", "main")
    repository.commit("main", {"main.py": "1\n"})
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert [one.path for one in seen(repository).files] == ["side.py"]
    assert [one.path for one in seen(repository, "main...side").files] == []
    assert [one.path for one in seen(repository, "main~1...side").files] == ["side.py"]


def test_commits_that_take_others_back_are_known(repository: Repository) -> None:
    bad = repository.commit("bad", {"a.py": "0\n"})
    repository.git("revert", "--no-edit", "HEAD")
    repository.commit("next", {"a.py": "9\n"})
    assert [(one.reverts, one.paths) for one in seen(repository).past][:2] == [(bad, ("a.py",)), ("", ("a.py",))]


def test_changed_lines_are_of_the_new_file(repository: Repository) -> None:
    repository.write('caf\\xe9 "q".py', "1\n")
    repository.commit("lines", {"a.py": "0\n1\n2\n3\ndiff --git a/x b/x\n@@ -1 +1 @@\n"})
    changed = seen(repository, None, covered={"a.py": {1: True}}).lines.changed
    assert changed["a.py"] == {1, 5, 6}


def test_nothing_of_the_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    repository.write(".gitattributes", "*.py diff=evil filter=evil\n")
    for key in ("diff.external", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager"):
        repository.git("config", key, f"touch {ran}; cat")
    repository.git("-c", "core.fsmonitor=", "add", "-A")
    repository.git("-c", "core.fsmonitor=", "commit", "-q", "-m", "evil")
    ran.unlink(missing_ok=True)
    seen(repository, None, covered={"a.py": {1: True}})
    assert not ran.exists()


# Which commits


def test_the_range_is_from_what_is_live_then_from_where_the_branch_parted(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("tag", "-a", "v1.0", "-m", "1.0")
    repository.commit("two")
    repository.commit("three")
    assert ranged(repository.path, None).why == "the commit before"
    live = ranged(repository.path, None, live="1.0")
    assert (live.name, live.why) == ("v1.0..HEAD", "1.0 is live")
    assert tag_of(repository.path, "1.0") == ("v1.0", live.base)
    repository.git("clone", "-q", str(repository.path), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    clone.commit("mine", {"mine.py": "1\n"})
    assert [one.path for one in seen(clone).files] == ["mine.py"]
    assert ranged(clone.path, None).why == "where this branch left the remote's main one"


def test_a_folder_below_and_a_bare_repository_are_read(repository: Repository, tmp_path: Path) -> None:
    repository.commit("two", {"deep/er/x.py": "1\n"})
    assert ranged(repository.path / "deep" / "er", None).root == repository.path
    repository.git("clone", "-q", "--bare", str(repository.path), str(tmp_path / "bare"))
    assert len(Reading(ranged(tmp_path / "bare", "HEAD~1")).change(lambda path: False).files) == 1


def test_a_name_that_looks_like_an_option_is_a_name(repository: Repository) -> None:
    repository.commit("two")
    with pytest.raises(UnknownRevision):
        ranged(repository.path, "--output=x..HEAD")
    assert not (repository.path / "x").exists()


# What is said of what is wrong


def four(error: ShipwayError) -> None:
    assert all((error.what, error.where, error.why, error.fix))


def test_no_repository(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NoRepository) as raised:
            ranged(folder, None)
        four(raised.value)


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoGit) as raised:
        ranged(tmp_path, None)
    four(raised.value)


def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A git of this shell script."""
    path = tmp_path / "bin" / "git"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)
    monkeypatch.setattr(command, "SECONDS_MAX", 4.0)


def test_a_git_that_never_stops_printing_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; while :; do echo {'x' * 1000}; done")
    monkeypatch.setattr(command, "BYTES_MAX", 1_000_000)
    with pytest.raises(GitFailed) as raised:
        command.asked(tmp_path, "log")
    assert "more than 1,000,000 bytes" in raised.value.why
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_long_complaint_is_cut_and_what_was_given_is_read_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, monkeypatch, "cat; head -c 1000000 /dev/zero | tr '\\0' y >&2")
    given = b"x" * 500_000
    code, said, complaint = command.Running(tmp_path, ["log"], given=given).ended()
    assert (code, said, len(complaint)) == (0, given, 65_536)


@pytest.mark.parametrize("words", ["nope", "nope..HEAD", "HEAD..nope", "HEAD~99", "HEAD^{tree}"])
def test_unknown_revisions(repository: Repository, words: str) -> None:
    with pytest.raises(UnknownRevision) as raised:
        ranged(repository.path, words)
    four(raised.value)


def test_one_commit_and_none(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(UnknownRevision, match="HEAD~1") as raised:
        ranged(repository.path, None)
    assert raised.value.fix == "Commit a change."
    with pytest.raises(UnknownRevision, match="no commit yet") as raised:
        ranged(Repository(tmp_path / "empty").path, None)
    four(raised.value)


def test_histories_without_a_common_commit(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("other", {"o.py": "1\n"})
    with pytest.raises(UnknownRevision, match="in common") as raised:
        ranged(repository.path, "main...other")
    four(raised.value)
    assert ranged(repository.path, "main..other").base_named == "main"


def test_a_shallow_clone_without_the_base(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("two", {"a.py": "2\n"})
    repository.commit("three", {"a.py": "3\n"})
    repository.git("clone", "-q", "--depth", "2", f"file://{repository.path}", str(tmp_path / "shallow"))
    with pytest.raises(Shallow) as raised:
        ranged(tmp_path / "shallow", f"{first}..HEAD")
    four(raised.value)
    change = Reading(ranged(tmp_path / "shallow", "HEAD~1")).change(lambda path: False)
    assert ([one.path for one in change.files], change.is_complete) == (["a.py"], False)


def test_changed_lines_are_those_of_their_files_behind_one_that_became_a_link(repository: Repository) -> None:
    (repository.path / "a.py").unlink()
    (repository.path / "a.py").symlink_to("b.py")
    repository.commit("link", {"b.py": "x = 1\ny = 3\nz = 3\n" + "x = 1\ny = 2\nz = 3\n" * 8, "c.py": "1\n"})
    change = seen(repository, covered={"b.py": {2: True}})
    assert [(one.path, one.status) for one in change.files] == [("a.py", "T"), ("b.py", "M"), ("c.py", "A")]
    assert {path: set(lines) for path, lines in change.lines.changed.items()} == {
        "a.py": {1},
        "b.py": {2},
        "c.py": {1},
    }
