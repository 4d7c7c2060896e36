"""A Compose file below a release file: what becomes of it, what wins, and what cannot be."""

from pathlib import Path

import pytest

from shipway.spec.load import Loaded, load
from shipway.spec.problems import InputErrors
from shipway.spec.revision import platform_of

COMPOSE = """\
name: shop
services:
  web:
    image: shop/web:${TAG}
    environment: {LOG: info, MODE: fast}
    env_file: [web.env, {path: gone.env, required: false}]
    ports: ["8080:8000"]
    volumes: ["data:/srv/data", "./conf:/etc/shop:ro", /scratch, {type: tmpfs, target: /run, tmpfs: {mode: 0755}}]
    tmpfs: /tmp:size=1m
    networks: {back: , front: }
    healthcheck: {test: [CMD, ok], interval: 5s}
    stop_grace_period: 90s
    labels: [team=shop]
    secrets: [password, {source: key, target: tls.key}]
    configs: [{source: rules, target: /etc/rules}]
    cap_add: [NET_RAW]
    ulimits: {nofile: 10}
    extra_hosts: ["db:10.0.0.1"]
    deploy: {replicas: 3, resources: {limits: {cpus: 1.5, memory: 64m}}, placement: {constraints: [x]}}
    depends_on: [db]
networks: {back: {driver_opts: {mtu: 1400}}, front: {external: true}}
volumes: {data: }
secrets: {password: {file: ./password}, key: {file: /etc/key}}
configs: {rules: {file: rules}}
"""
RELEASE = "service: web\nplatform:\n  docker:\n    compose: compose.yaml\n    service: web\n"


def loaded(folder: Path, compose: str, *, more: str = "    variables: {TAG: '{version}'}\n") -> Loaded:
    (folder / "compose.yaml").write_text(compose)
    (folder / "web.env").write_text("TOKEN=t\n")
    (folder / "shipway.yaml").write_text(RELEASE + more)
    return load(folder / "shipway.yaml")


def refused(folder: Path, service: str, *, rest: str = "", more: str = "") -> str:
    with pytest.raises(InputErrors) as caught:
        loaded(folder, f"services:\n  web:\n    image: x\n    {service}\n{rest}", more=more)
    return str(caught.value)


def test_a_service_becomes_a_recipe(tmp_path: Path) -> None:
    found = loaded(tmp_path, COMPOSE)
    platform, docker = platform_of(found, "1.9", tmp_path), found.file.platform.docker
    assert docker and (docker.replicas, docker.port, docker.stop_grace) == (3, 8000, 90.0)
    assert platform["image"] == "shop/web:1.9" and platform["env"] == {"LOG": "info", "MODE": "fast"}
    assert platform["networks"] == ["shop_back", "front"] and platform["labels"] == {"team": "shop"}
    assert platform["volumes"] == ["shop_data:/srv/data", f"{tmp_path}/conf:/etc/shop:ro"]
    assert platform["limits"] == {"memory": 64 * 2**20, "cpus": 1.5}
    assert platform["secret_files"] == {
        "/run/secrets/password": f"{tmp_path}/password",
        "/run/secrets/tls.key": "/etc/key",
        "/etc/rules": f"{tmp_path}/rules",
    }
    assert platform["env_files"] == [f"{tmp_path}/web.env"] and platform["directory"] == str(tmp_path)
    assert platform["healthcheck"] == {"test": ["CMD", "ok"], "interval": 5_000_000_000}
    assert platform["create"] == {"volumes": ["/scratch"]}
    assert platform["host"] == {
        "cap_add": ["NET_RAW"],
        "extra_hosts": {"db": "10.0.0.1"},
        "ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 10}],
        "tmpfs": {"/run": "mode=755", "/tmp": "size=1m"},
    }
    assert set(platform["made_networks"]) == {"shop_back"}  # type: ignore[call-overload]
    assert set(platform["made_volumes"]) == {"shop_data"}  # type: ignore[call-overload]
    assert not {"compose", "service", "variables", "without"} & set(platform)
    assert [one.partition(" ")[0] for one in found.left] == ["depends_on", "deploy.placement"]


def test_the_release_file_wins(tmp_path: Path) -> None:
    more = "    image: mine:{version}\n    env: {LOG: debug}\n    replicas: 5\n    networks: [other]\n"
    found = loaded(tmp_path, COMPOSE.replace("${TAG}", "1"), more=more)
    docker = found.file.platform.docker
    assert docker and (docker.image, docker.replicas, docker.networks) == ("mine:{version}", 5, ("other",))
    assert docker.env == {"LOG": "debug", "MODE": "fast"}


def test_a_service_without_networks_joins_the_projects_own(tmp_path: Path) -> None:
    docker = loaded(tmp_path, "name: shop\nservices: {web: {image: x}}", more="").file.platform.docker
    assert docker and docker.networks == ("shop_default",)


@pytest.mark.parametrize(
    ("service", "what", "fix"),
    [
        ("ports: ['9000:80']", "the proxy listens in their place", "Let the proxy listen on 9000"),
        ("restart: on-failure", "restart: this cannot be kept", "without: [restart]"),
        (
            "networks: {default: {aliases: [web]}}",
            "It leads past the proxy",
            "without: [networks.default.aliases]",
        ),
        ("networks: [front]", "the file has no such network", "Add `front:` there"),
        ("volumes: ['data:/x']", "the file has no volume `data`", "./data"),
        ("env_file: none.env", "there is no file none.env", "required: false"),
        ("secrets: [key]", "key cannot be had", "without: [secrets]"),
        ("pull_policy: build", "pull_policy: this cannot be kept", "without: [pull_policy]"),
        ("deploy: {restart_policy: {condition: none}}", "deploy.restart_policy", "without"),
    ],
)
def test_what_cannot_be_kept_is_told(tmp_path: Path, service: str, what: str, fix: str) -> None:
    said = refused(tmp_path, service)
    assert what.lower() in said.lower() and fix in said and "compose.yaml:4:" in said


def test_a_published_port_is_the_proxys(tmp_path: Path) -> None:
    more = "traffic: {envoy: {listen: 9000}}\n"
    found = loaded(tmp_path, "services: {web: {image: x, ports: ['9000:80']}}", more=more)
    assert found.file.platform.options.model_dump()["port"] == 80


def test_a_port_of_one_address_does_not_become_one_of_all(tmp_path: Path) -> None:
    said = refused(tmp_path, "ports: ['127.0.0.1:8080:80']")
    assert "on 0.0.0.0:8080" in said and "Let the proxy listen on 127.0.0.1:8080" in said
    more = "traffic: {envoy: {listen: '127.0.0.1:8080'}}\n"
    loaded(tmp_path, "services: {web: {image: x, ports: ['127.0.0.1:8080:80']}}", more=more)


def test_a_network_that_cannot_be_made_as_it_is_written_is_told(tmp_path: Path) -> None:
    rest = "networks: {back: {ipam: {driver: own}}}\n"
    assert "Shipway cannot make this network" in refused(tmp_path, "networks: [back]", rest=rest)


def test_a_secret_of_a_swarm_is_not_here(tmp_path: Path) -> None:
    assert "a swarm has it" in refused(tmp_path, "secrets: [key]", rest="secrets: {key: {external: true}}")


def test_what_may_go_goes(tmp_path: Path) -> None:
    gone = ("container_name", "restart", "ports", "networks.default.aliases")
    service = (
        "{image: x, container_name: web, restart: 'no', ports: ['9000:80'], networks: {default: {aliases: [w]}}}"
    )
    text = f"services: {{web: {service}}}"
    docker = loaded(tmp_path, text, more=f"    without: [{', '.join(gone)}]\n").file.platform.docker
    assert docker and docker.port is None


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    with pytest.raises(InputErrors, match=r"compose\.yaml cannot be read"):
        load(tmp_path / "shipway.yaml")
