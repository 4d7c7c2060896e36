"""Secrets reach the program and nobody else, and only as long as they are what they were."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shipway.adapters.secrets import KEY_FILE, SecretsUnreadable, digest_of, key, values_of
from shipway.adapters.supervisor import Program, Secrets
from shipway.adapters.supervisor.secret_environment import digest, parsed

if TYPE_CHECKING:
    from conftest import Home

PLANTED = "s3cr3t-0f-the-test"


def platform(folder: Path, *sources: dict[str, str]) -> dict[str, object]:
    return {"env_from": list(sources), "directory": str(folder), "command": "x"}


def refused(folder: Path, source: dict[str, str], *, seconds: float = 30.0) -> SecretsUnreadable:
    with pytest.raises(SecretsUnreadable) as caught:
        values_of(platform(folder, source), where="shipway.yaml:4:5", seconds=seconds)
    told = str(caught.value)
    assert len(told.splitlines()) == 4 and PLANTED not in told
    return caught.value


def test_lines_are_read_as_every_such_file_has_them() -> None:
    text = "# a comment\n\nA=1\nexport B = two words \nC='quoted # text'\nD=\"x=y\"\nE=\n"
    assert parsed(text) == {"A": "1", "B": "two words", "C": "quoted # text", "D": "x=y", "E": ""}


@pytest.mark.parametrize("line", [PLANTED, f"not a name={PLANTED}", f"1A={PLANTED}", f"={PLANTED}"])
def test_a_line_that_is_none_is_named_by_its_number_alone(line: str, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text(f"A=1\n{line}\n")
    assert "line 2 is not NAME=value" in refused(tmp_path, {"file": "secrets.env"}).why


def test_of_two_sources_the_later_one_wins(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("A=1\nB=1\n")
    sources = ({"file": "secrets.env"}, {"command": "echo B=2; echo C=$PORT-$((1+2))"})
    assert values_of(platform(tmp_path, *sources), where="") == {"A": "1", "B": "2", "C": "-3"}


def test_a_file_that_is_not_there_is_said() -> None:
    assert "no such file" in refused(Path("/"), {"file": "nowhere.env"}).why


def test_what_a_failing_command_prints_is_shown_nowhere(tmp_path: Path) -> None:
    source = {"command": f"echo A={PLANTED}; echo {PLANTED} >&2; exit 3"}
    error = refused(tmp_path, {"command": source["command"].replace(PLANTED, "$(cat planted)")})
    assert "exit code 3" in error.why


@pytest.mark.parametrize("script", ["sleep 100", "sleep 100 & exec >&-; sleep 100", "yes A=1"])
def test_a_command_that_hangs_or_never_stops_is_ended(script: str, tmp_path: Path) -> None:
    why = refused(tmp_path, {"command": script}, seconds=0.3).why
    assert "gave no answer in 0 s" in why or "more than" in why


def test_the_hash_needs_the_key_and_the_key_is_its_owners(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "secrets.env").write_text("PIN=1234\n")
    wanted = platform(tmp_path, {"file": "secrets.env"})
    first = digest_of(wanted, home=home, where="")
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert first == digest_of(wanted, home=home, where="") == digest({"PIN": "1234"}, key(home))
    assert first != digest_of(wanted, home=tmp_path / "other", where="")
    (tmp_path / "secrets.env").write_text("PIN=1235\n")
    assert first != digest_of(wanted, home=home, where="")


def secretive(home: "Home", script: str) -> Program:
    folder = home.path.parent
    (folder / "secrets.env").write_text(f"PLANTED={PLANTED}\nMODE=secret\n")
    named = platform(folder, {"file": "secrets.env"})
    secrets = Secrets(
        sources=({"file": "secrets.env"},),
        directory=str(folder),
        digest=digest_of(named, home=home.path, where=""),
        key=str(home.path / KEY_FILE),
    )
    return home.program("one", script, secrets=secrets, environment={"MODE": "own"})


@pytest.mark.real
def test_a_program_gets_its_secrets_at_each_start_and_says_when_they_have_changed(home: "Home") -> None:
    program = secretive(home, "echo mode $MODE, letters ${#PLANTED}; exec sleep 1000")

    async def scenario() -> None:
        async with home.running(program):
            await home.until("one", lambda _: "letters" in home.log("one"))
            assert home.log("one") == f"mode own, letters {len(PLANTED)}\n"
            (home.path.parent / "secrets.env").write_text("PLANTED=another\n")
            await home.supervisor.restart("one")
            await home.until("one", lambda process: process.exit_code == 78)
            assert "file: secrets.env cannot be used: they are not what they were" in home.log("one")

    asyncio.run(scenario())
    kept = [path for path in home.path.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert kept == []
