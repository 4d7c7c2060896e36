"""A stack file below a release file: what becomes of it, what wins, and what cannot be."""

from pathlib import Path

import pytest

from shipway.adapters.platforms.swarm import creating
from shipway.adapters.platforms.swarm.options import swarm_options
from shipway.spec.load import Loaded, load
from shipway.spec.problems import InputErrors
from shipway.spec.revision import platform_of

NANO = 10**9
STACK = """\
name: shop
services:
  web:
    image: shop/web:${TAG}
    environment: {LOG: info, MODE: fast}
    ports: ["8080:8000"]
    volumes:
      - data:/srv/data:nocopy
      - ./conf:/etc/shop:ro
      - {type: tmpfs, target: /scratch, tmpfs: {size: 1m, mode: 01777}}
    tmpfs: /tmp:size=2m,mode=1777
    networks: {back: , front: }
    healthcheck: {test: [CMD, ok], interval: 5s, retries: 2}
    stop_grace_period: 90s
    secrets: [password, {source: key, target: tls.key, uid: "33", mode: 0400}]
    configs: [{source: rules, target: /etc/rules}, limits, {source: theirs, target: /etc/theirs, mode: "0440"}]
    cap_add: [NET_RAW]
    extra_hosts: ["db:10.0.0.1"]
    dns: 10.0.0.53
    logging: {driver: json-file, options: {max-size: 1m}}
    deploy:
      replicas: 6
      labels: {tier: front}
      placement: {constraints: ["node.role == worker"]}
      resources: {limits: {cpus: 1.5, memory: 64m, pids: 100}, reservations: {cpus: "0.25", memory: 32m}}
      update_config: {parallelism: 2, delay: 10s, order: start-first, failure_action: rollback, monitor: 20s}
      restart_policy: {condition: any, delay: 3s}
    depends_on: [db]
  db: {image: "postgres:16"}
networks: {back: {driver_opts: {encrypted: ""}}, front: {external: true}}
volumes: {data: {driver: nfs, driver_opts: {share: a}}}
secrets: {password: {external: true}, key: {file: ./key, name: tls-1}}
configs: {rules: {file: rules}, limits: {external: true, name: limits-3}, theirs: {file: theirs}}
"""
RELEASE = "service: web\nstrategy: rolling\nplatform:\n  swarm:\n    stack: stack.yaml\n"


def loaded(folder: Path, stack: str, *, more: str = "") -> Loaded:
    (folder / "stack.yaml").write_text(stack if "name: shop" in stack else f"{stack}\nname: shop\n")
    (folder / "shipway.yaml").write_text(RELEASE + more)
    return load(folder / "shipway.yaml")


def refused(folder: Path, service: str, *, rest: str = "", more: str = "") -> str:
    with pytest.raises(InputErrors) as caught:
        loaded(folder, f"services:\n  web:\n    image: x\n    {service}\n{rest}", more=more)
    (error,) = caught.value.errors
    assert len(str(error).splitlines()) == 4
    return str(error)


@pytest.fixture
def whole(tmp_path: Path) -> Loaded:
    return loaded(tmp_path, STACK, more="    variables: {TAG: '{version}'}\n")


def test_a_service_becomes_a_recipe(whole: Loaded, tmp_path: Path) -> None:
    platform, swarm = platform_of(whole, "1.9", tmp_path), whole.file.platform.swarm
    assert swarm and (swarm.replicas, swarm.port, swarm.stop_grace, swarm.update) == (6, 8000, 90.0, None)
    assert platform["image"] == "shop/web:1.9" and platform["env"] == {"LOG": "info", "MODE": "fast"}
    assert platform["networks"] == ["shop_back", "front"]
    assert platform["volumes"] == ["shop_data:/srv/data:nocopy", f"{tmp_path}/conf:/etc/shop:ro"]
    assert platform["limits"] == {"memory": 64 * 2**20, "cpus": 1.5}
    assert platform["reserve"] == {"memory": 32 * 2**20, "cpus": 0.25}
    assert platform["constraints"] == ["node.role == worker"]
    assert platform["configs"] == {"/etc/rules": f"{tmp_path}/rules"}
    assert platform["service_labels"] == {"tier": "front"}
    assert platform["task_template"] == {
        "Resources": {"Limits": {"Pids": 100}},
        "RestartPolicy": {"Delay": 3 * NANO},
        "LogDriver": {"Name": "json-file", "Options": {"max-size": "1m"}},
    }
    assert platform["container_spec"] == {
        "CapabilityAdd": ["NET_RAW"],
        "Healthcheck": {"Test": ["CMD", "ok"], "Interval": 5 * NANO, "Retries": 2},
        "Hosts": ["10.0.0.1 db"],
        "DNSConfig": {"Nameservers": ["10.0.0.53"]},
        "Mounts": [
            {"Type": "tmpfs", "Target": "/scratch", "TmpfsOptions": {"SizeBytes": 2**20, "Mode": 0o1777}},
            {"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": 2**21, "Mode": 0o1777}},
        ],
    }
    made = platform["made_networks"]
    assert isinstance(made, dict) and set(made) == {"shop_back"} and made["shop_back"]["driver"] == "overlay"
    assert not {"stack", "service", "variables", "without"} & set(platform)


def test_secrets_and_configs_have_their_owners_and_modes(whole: Loaded, tmp_path: Path) -> None:
    platform = platform_of(whole, "1.9", tmp_path)
    own = {"uid": "0", "gid": "0", "mode": 0o444}
    assert platform["handed_secrets"] == [
        {**own, "name": "password", "file": "", "target": "password"},
        {"name": "tls-1", "file": f"{tmp_path}/key", "target": "tls.key", "uid": "33", "gid": "0", "mode": 0o400},
    ]
    assert platform["handed_configs"] == [
        {**own, "name": "limits-3", "target": "/limits"},
        {**own, "file": f"{tmp_path}/theirs", "target": "/etc/theirs", "mode": 0o440},
    ]


def test_how_it_is_updated_is_a_plan_of_batches(whole: Loaded) -> None:
    assert (whole.file.rolling.batches, whole.file.rolling.pause) == (3, 10.0)
    assert [one.partition(" (")[0] for one in whole.left] == [
        "depends_on",
        "deploy.update_config.parallelism, delay",
        "deploy.update_config.failure_action",
        "deploy.update_config.order, monitor",
        "ports.published",
    ]


def test_the_swarms_own_update_has_its_order_and_its_time(tmp_path: Path) -> None:
    more = "    update: {order: stop-first}\n    variables: {TAG: a}\nrolling: {batches: 6}\n"
    found = loaded(tmp_path, STACK, more=more)
    update = found.file.platform.swarm and found.file.platform.swarm.update
    assert update and (update.order, update.monitor) == ("stop-first", 20.0)
    assert (found.file.rolling.batches, found.file.rolling.pause) == (6, 10.0)
    assert not any("order" in one for one in found.left)


def test_the_release_file_wins(tmp_path: Path) -> None:
    more = "    image: mine:{version}\n    env: {LOG: debug}\n    replicas: 4\n    networks: [other]\n"
    found = loaded(tmp_path, STACK.replace("${TAG}", "1"), more=more)
    swarm = found.file.platform.swarm
    assert swarm and (swarm.image, swarm.replicas, swarm.networks) == ("mine:{version}", 4, ("other",))
    assert swarm.env == {"LOG": "debug", "MODE": "fast"} and found.file.rolling.batches == 2


def test_the_service_is_the_one_that_is_called_so_or_the_one_that_is_named(tmp_path: Path) -> None:
    found = loaded(tmp_path, "services: {other: {image: y}, web: {image: x}}")
    assert found.file.platform.options.model_dump()["image"] == "x"
    named = loaded(tmp_path, "services: {other: {image: y}, web: {image: x}}", more="    service: other\n")
    assert named.file.platform.options.model_dump()["image"] == "y"
    with pytest.raises(InputErrors, match=r"There is no service `web` in stack\.yaml"):
        loaded(tmp_path, "services: {other: {image: y}}")


def test_what_is_volumes_in_the_swarm_is_made_on_each_node(whole: Loaded, tmp_path: Path) -> None:
    options = swarm_options({**platform_of(whole, "1.9", tmp_path), "configs": {}})
    assert creating.mount(options.volumes[0], options.volume_options) == {
        "Type": "volume",
        "Source": "shop_data",
        "Target": "/srv/data",
        "VolumeOptions": {
            "Labels": {"com.docker.stack.namespace": "shop"},
            "DriverConfig": {"Name": "nfs", "Options": {"share": "a"}},
            "NoCopy": True,
        },
    }
    assert creating.mount("/a:/b:ro,rslave") == {
        "Type": "bind",
        "Source": "/a",
        "Target": "/b",
        "ReadOnly": True,
        "BindOptions": {"Propagation": "rslave"},
    }


@pytest.mark.parametrize(
    ("service", "what", "fix"),
    [
        ("privileged: true", "no such setting", "without: [privileged]"),
        ("devices: [/dev/fuse]", "no such setting", "without: [devices]"),
        ("env_file: web.env", "shows variables", "without: [env_file]"),
        ("ports: ['9000:80']", "the proxy listens in their place", "Let the proxy listen on 9000"),
        ("deploy: {mode: global}", "how many replicas", "without: [deploy.mode]"),
        ("deploy: {endpoint_mode: vip}", "past the proxy", "without: [deploy.endpoint_mode]"),
        ("deploy: {placement: {max_replicas_per_node: 1}}", "to count", "`update: {}` beside `stack:`"),
        ("deploy: {placement: {preferences: [{spread: node.id}]}}", "nothing to spread", "`update: {}`"),
        ("deploy: {update_config: {failure_action: continue}}", "taken back", "update_config.failure_action]"),
        ("deploy: {restart_policy: {max_attempts: 3}}", "started again", "deploy.restart_policy.max_attempts]"),
        ("deploy: {resources: {reservations: {generic_resources: []}}}", "generic_resources", ""),
        ("networks: {default: {aliases: [web]}}", "past the proxy", "without: [networks.default.aliases]"),
        ("volumes: ['./a:/b:Z']", "no mode Z", "without: [volumes]"),
        ("volumes: ['data:/x']", "the file has no volume `data`", "./data"),
        ("tmpfs: '/tmp:noexec'", "no noexec", "without: [tmpfs]"),
        ("secrets: [key]", "none of this name below its `secrets:`", "without: [secrets]"),
        ("container_name: web", "one's alone", "without: [container_name]"),
        ("replicas: 3", "no service of Compose has this key", ""),
    ],
)
def test_what_cannot_be_kept_is_told(tmp_path: Path, service: str, what: str, fix: str) -> None:
    said = refused(tmp_path, service)
    assert what in said and fix in said and "stack.yaml:4:" in said


def test_spreading_is_the_swarms_where_it_has_all_replicas(tmp_path: Path) -> None:
    service = "{image: x, deploy: {placement: {preferences: [{spread: node.id}], max_replicas_per_node: 2}}}"
    found = loaded(tmp_path, f"services: {{web: {service}}}", more="    update: {}\n")
    assert platform_of(found, "1", tmp_path)["task_template"] == {
        "Placement": {"Preferences": [{"Spread": {"SpreadDescriptor": "node.id"}}], "MaxReplicas": 2}
    }


def test_what_may_go_goes(tmp_path: Path) -> None:
    gone = ("env_file", "deploy.mode", "privileged")
    text = "services: {web: {image: x, env_file: a, privileged: true, deploy: {mode: global}}}"
    found = loaded(tmp_path, text, more=f"    without: [{', '.join(gone)}]\n")
    assert set(found.further) == {"made_networks"}


@pytest.mark.parametrize("kind", ["limits", "reserve"])
def test_less_memory_than_a_swarm_takes_is_told_before_it_is_asked(tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputErrors, match="too little for a Swarm"):
        loaded(tmp_path, "services: {web: {image: x}}", more=f"    {kind}: {{memory: 1MiB}}\n")


@pytest.mark.parametrize(
    ("service", "says"),
    [("networks: [back]", "the network `back`"), ("init: true", "the network `default`")],
)
def test_the_name_of_a_stack_is_never_guessed(tmp_path: Path, service: str, says: str) -> None:
    stack = f"services:\n  web:\n    image: x\n    {service}\nnetworks: {{back: , front: {{external: true}}}}\n"
    (tmp_path / "stack.yaml").write_text(stack)
    (tmp_path / "shipway.yaml").write_text(RELEASE)
    with pytest.raises(InputErrors, match="nothing says what the stack is called") as caught:
        load(tmp_path / "shipway.yaml")
    assert says in str(caught.value)
    (tmp_path / "stack.yaml").write_text(stack.replace(service, "networks: [front]"))
    load(tmp_path / "shipway.yaml")
    (tmp_path / "stack.yaml").write_text(stack)
    (tmp_path / "shipway.yaml").write_text(RELEASE + "    variables: {COMPOSE_PROJECT_NAME: shop}\n")
    load(tmp_path / "shipway.yaml")


def test_replicas_that_are_no_number_are_told_as_the_release_file_tells_them(tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match="many"):
        loaded(tmp_path, STACK, more="    replicas: many\n")


def test_what_is_reserved_has_no_processes(tmp_path: Path) -> None:
    assert "pids" in refused(tmp_path, "deploy: {resources: {reservations: {pids: 7}}}")
