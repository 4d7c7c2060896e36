"""Texts that others read: supervisord, systemd, people."""

import os
import stat
from pathlib import Path

import pytest

from shipway.adapters.supervisor import Program, rpc, systemd
from shipway.adapters.supervisor.configuration import Places, socket_path, text
from shipway.adapters.supervisor.environment import inherited
from shipway.adapters.supervisor.looking import exit_code
from shipway.adapters.supervisor.program import section, specification
from shipway.errors import PortError


def program(**settings: object) -> Program:
    """A program."""
    values = {"name": "one", "command": "run 'a b' --to 5%", "directory": "/", "log": "/logs/one.log"}
    return Program(**{**values, **settings})  # type: ignore[arg-type]


def test_a_section_holds_whole_seconds_rounded_up() -> None:
    lines = section(program(stop_seconds=1.2), Places(Path("/h"))).splitlines()
    assert lines[0] == "[program:one]"
    assert {"stopwaitsecs=2", "startsecs=1", "autorestart=true", "startretries=1000000"} <= set(lines)


def test_a_section_holds_nothing_that_the_user_wrote() -> None:
    written = section(program(environment={"A": "; %(b)s"}, command="run ; %(c)s"), Places(Path("/h")))
    assert "%(b)s" not in written and "%(c)s" not in written


def test_a_specification_holds_the_command_split_and_the_tag() -> None:
    found = specification(program(environment={"A": "own"}), Path("/h"), {"A": "shell", "PATH": "/bin"})
    assert found["argv"] == ["run", "a b", "--to", "5%"]
    assert found["environment"] == {"A": "own", "PATH": "/bin", "SHIPWAY_HOME": "/h", "SHIPWAY_PROGRAM": "one"}


def test_only_variables_of_the_machine_are_inherited() -> None:
    shell = {"PATH": "/bin", "LC_ALL": "C", "DATABASE_URL": "x", "SHIPWAY_HOME": "/h", "https_proxy": "p"}
    assert inherited(shell) == {"PATH": "/bin", "LC_ALL": "C", "https_proxy": "p"}


@pytest.mark.parametrize("home", ["/a\nb", "/a ;b", "/a*", "/a%b", "/a[1]"])
def test_a_home_that_supervisord_cannot_read_is_refused(home: str) -> None:
    with pytest.raises(PortError) as caught:
        text(Places(Path(home)))
    assert len([line for line in str(caught.value).splitlines() if line]) >= 4


def test_a_socket_lies_in_its_home_unless_its_path_is_too_long() -> None:
    assert socket_path(Path("/short")) == Path("/short/supervisor/supervisor.sock")
    far, other = socket_path(Path("/" + "a" * 90)), socket_path(Path("/" + "b" * 90))
    assert far.parent == Path("/tmp") and far != other and str(os.getuid()) in far.name


def test_a_socket_of_somebody_else_is_not_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "socket"
    path.write_text("no socket")
    with pytest.raises(PortError, match="somebody else") as caught:
        rpc.call(path, "supervisor.getPID")
    assert stat.S_ISREG(path.stat().st_mode) and len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ("exit status 3", 3),
        ("terminated by SIGKILL", -9),
        ("terminated by SIGILL (core dumped)", -4),
        ("", None),
    ],
)
def test_an_end_is_a_code_as_python_says_it(ended: str, code: int | None) -> None:
    assert exit_code(ended) == code


def test_a_unit_starts_supervisord_alone_and_leaves_its_programs_when_it_dies() -> None:
    unit = systemd.unit(Path("/home/me/my ship"), is_system=False)
    assert '--silent -c "/home/me/my ship/supervisor/supervisord.conf"' in unit
    assert "KillMode=process" in unit and "Restart=always" in unit and "WantedBy=default.target" in unit
    assert "WantedBy=multi-user.target" in systemd.unit(Path("/h"), is_system=True)


def test_each_home_has_a_unit_of_its_own() -> None:
    assert systemd.unit_name(Path("/a")) != systemd.unit_name(Path("/b"))
    assert systemd.unit_path(Path("/a"), is_system=True).parent == Path("/etc/systemd/system")


def test_without_systemd_the_command_for_another_init_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "is_running", lambda: False)
    with pytest.raises(PortError) as caught:
        systemd.install(Path("/h"), is_system=False)
    assert "supervisord -c /h/supervisor/supervisord.conf" in caught.value.fix
