"""As whom replicas run, and how much they get: the file's words."""

from pathlib import Path

import pytest

from shipway.spec.load import Loaded, parse_release
from shipway.spec.platforms.process import Options
from shipway.spec.problems import InputErrors
from shipway.spec.revision import revision_of
from unit.spec.test_load import FILE


def read(options: str) -> Loaded:
    return parse_release(
        f"service: shop\nplatform: {{process: {{command: 'run {{port}} {{revision}}', {options}}}}}\n", path=FILE
    )


def process(options: str) -> Options:
    found = read(options).file.platform.process
    assert found is not None
    return found


def test_words_become_numbers() -> None:
    found = process(
        "user: shop, group: www-data, umask: 027, limits: {memory: 512MiB, open_files: 4096, nice: -5}"
    )
    assert (found.user, found.group, found.umask) == ("shop", "www-data", "0027")
    assert found.limits is not None and found.limits.memory == 512 * 2**20
    assert (found.limits.open_files, found.limits.nice) == (4096, -5)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("user: 0", "cannot name a user"),
        ("user: 'a b'", "cannot name a user"),
        ("umask: 999", "is no umask"),
        ("umask: rwx", "is no umask"),
        ("limits: {memory: 512}", "has no unit"),
        ("limits: {memory: much}", "is not a size"),
        ("limits: {memory: 1KB}", "less than any process needs"),
        ("limits: {open_files: 1}", "out of range"),
        ("limits: {open_files: 4k}", "not a whole number"),
        ("limits: {nice: 20}", "out of range"),
        ("limits: {cpu: 2}", "cpu"),
        ("env_from: [{file: 'secrets-{revision}'}]", "{revision}"),
    ],
)
def test_what_is_wrong_is_told_in_four_lines(options: str, what: str) -> None:
    with pytest.raises(InputErrors) as caught:
        read(options)
    (error,) = caught.value.errors
    assert what in error.what and error.where and error.why and error.fix


def test_they_belong_to_the_revision_and_without_them_nothing_changes() -> None:
    def id_of(options: str) -> str:
        return revision_of(read(options), "1.0", root=Path("/srv")).id

    plain = id_of("")
    assert len({plain, id_of("user: shop"), id_of("limits: {nice: 5}"), id_of("umask: 027")}) == 4
    found = revision_of(read(""), "1.0", root=Path("/srv"))
    assert "limits" not in found.platform and "user" not in found.platform
    assert found.platform["command"] == f"run {{port}} {plain}", "{revision} is filled in"
