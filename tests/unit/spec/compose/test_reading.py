"""A service of a Compose file as values, and what is wrong at its place."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.spec.compose.reading import Asked, Composed, read
from shipway.spec.compose.variables import lines
from shipway.spec.problems import InputErrors

WHOLE = """\
name: shop
x-common: &common
  restart: always
  x-note: for people
services:
  web:
    <<: *common
    image: shop/web:${TAG:-1.0}
    command: gunicorn 'shop web'
    environment:
      - LOG=info
      - TOKEN
      - GONE
    ports: ["8080:8000", "127.0.0.1:9090:9090/udp"]
    volumes:
      - data:/var/lib/shop
      - ./conf:/etc/shop:ro,z
      - /scratch
      - {type: tmpfs, target: /tmp, tmpfs: {size: 64m}}
    networks: {backend: , front: {aliases: [shop]}}
    healthcheck: {test: curl -f localhost, interval: 1m30s, retries: 2}
    stop_grace_period: 1m
    secrets: [password]
    deploy:
      replicas: 3
      resources: {limits: {cpus: "0.5", memory: 512M}}
      placement: {constraints: [node.role == worker], preferences: [{spread: node.labels.zone}]}
      update_config: {parallelism: 2, order: start-first}
    ulimits: {nofile: 1024, nproc: {soft: 1, hard: 2}}
    depends_on: [db]
  db:
    image: postgres:${NOBODY_SETS_THIS}
networks:
  backend:
  front: {external: true}
volumes:
  data: {name: shop-data}
secrets:
  password: {file: ./password}
"""


def composed(text: str, folder: Path, *, service: str = "web", without: tuple[str, ...] = ()) -> Composed:
    path = folder / "compose.yaml"
    path.write_text(text)
    return read(
        Asked(path=path, service=service, environ={"TOKEN": "t", "TAG": "2.0"}, variables={}, without=without)
    )


def test_a_service_is_read_with_what_it_refers_to(tmp_path: Path) -> None:
    found = composed(WHOLE, tmp_path)
    web, project = found.service, found.project
    assert (web.image, web.command, web.restart) == ("shop/web:2.0", ("gunicorn", "shop web"), "always")
    assert web.environment == {"LOG": "info", "TOKEN": "t"}
    assert [(p.host_ip, p.published, p.target, p.protocol) for p in web.ports] == [
        (None, "8080", 8000, "tcp"),
        ("127.0.0.1", "9090", 9090, "udp"),
    ]
    assert [(m.type, m.source, m.target, m.read_only) for m in web.volumes] == [
        ("volume", "data", "/var/lib/shop", False),
        ("bind", "./conf", "/etc/shop", True),
        ("volume", None, "/scratch", False),
        ("tmpfs", None, "/tmp", False),
    ]
    assert web.networks["front"].aliases == ("shop",) and list(web.networks) == ["backend", "front"]
    check = web.healthcheck
    assert check and (check.test, check.interval) == (("CMD-SHELL", "curl -f localhost"), 90.0)
    assert web.stop_grace_period == 60.0 and web.secrets[0].source == "password"
    limits, update = web.deploy.resources.limits, web.deploy.update_config
    assert (limits.cpus, limits.memory, web.deploy.replicas) == (0.5, 512 * 2**20, 3)
    assert update and (update.parallelism, update.order) == (2, "start-first")
    assert web.deploy.placement.constraints == ("node.role == worker",)
    assert (web.ulimits["nofile"].hard, web.ulimits["nproc"].soft) == (1024, 1)
    assert project.called("backend", project.networks["backend"]) == "shop_backend"
    assert project.called("front", project.networks["front"]) == "front"
    assert project.called("data", project.volumes["data"]) == "shop-data"
    assert found.left == ("depends_on (Compose starts other services)",)


def test_a_project_is_called_after_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop.2"
    folder.mkdir()
    assert composed("services: {web: {image: x}}", folder).project.name == "myshop2"


def test_a_file_beside_it_says_what_the_shell_does_not(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAG=0.1\nNAME=shop # a comment\n")
    found = composed("services: {web: {image: '${NAME}:${TAG}'}}", tmp_path)
    assert found.service.image == "shop:2.0"


@pytest.mark.parametrize(
    ("service", "where", "what", "fix"),
    [
        ("{imgae: x}", "3:9", "imgae: no service of Compose has this key", "`image`"),
        (
            "{image: x, container_name: web}",
            "3:19",
            "container_name: this cannot be kept",
            "without: [container_name]",
        ),
        ("{build: .}", "3:9", "build: this cannot be kept", "image: shop/web:{version}"),
        ("{image: x, extends: {file: y}}", "3:19", "extends: this cannot be kept", "docker compose config"),
        ("{image: '${GONE}'}", "3:9", "image: GONE is not set", "variables: {GONE: …}"),
        ("{image: x, ports: ['80-90:80']}", "3:27", "`80-90:80` is not a port", "8080:80"),
        ("{image: x, ports: [{target: http}]}", "3:36", "`http` is not a number", "2"),
        ("{image: x, stop_grace_period: soon}", "3:38", "`soon` is not a duration", "1m30s"),
        ("{image: x, deploy: {update_config: {order: first}}}", "3:51", "`first` is not known", "-first`"),
        ("{image: x, ports: [{target: 1, mode: hots}]}", "3:45", "`hots` is not known", "`host`"),
        ("{image: x, mem_limit: lots}", "3:30", "`lots` is not a size", "512m"),
        ("{image: x, healthcheck: {interval: 5}}", "3:43", "`5` is not a duration", "10s"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, service: str, where: str, what: str, fix: str) -> None:
    with pytest.raises(InputErrors) as caught:
        composed(f"services:\n  web:\n       {service}\n", tmp_path)
    (error,) = caught.value.errors
    assert what in error.what and fix in error.fix
    assert error.where.endswith(f"compose.yaml:{where}")


def test_what_may_go_goes(tmp_path: Path) -> None:
    text = "services: {web: {image: x, container_name: web, ports: ['80-90:80']}}"
    assert composed(text, tmp_path, without=("container_name", "ports")).service.ports == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("services: {wbe: {image: x}}", "There is no service `web`"),
        ("services: [web]", "There is no service `web`"),
        ("", "There is no service `web`"),
        ("services: {web: {image: x}}\nnetworks: {a: {driver: [x]}}", "stands where text belongs"),
    ],
)
def test_a_file_without_the_service_is_told(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ShipwayError, match=what):
        composed(text, tmp_path)


def test_lines_of_variables_are_read_as_compose_reads_them() -> None:
    text = "A=1\nexport B='$A #'\nC=\"$A\\nx\"\nD=${A}-${Z:-z} # said\n# E=1\nSHELL_HAS\nNOBODY_HAS\nF=\n"
    assert dict(lines(text, {"SHELL_HAS": "s"})) == {
        "A": "1",
        "B": "$A #",
        "C": "1\nx",
        "D": "1-z",
        "SHELL_HAS": "s",
        "F": "",
    }
