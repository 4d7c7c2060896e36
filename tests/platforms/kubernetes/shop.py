"""The example shop in pods, on a stand with Envoy and a controller."""

import asyncio
import json
import sysconfig
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import shipway
from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.kubernetes_stand import APP_IMAGE
from shipway.demo.app.behaviour import BAD_VERSION
from shipway.demo.load import PATHS

SOURCE = Path(shipway.__file__).parents[1]
COMMAND = "python3 -S -m shipway.demo.app.checkout --host 0.0.0.0 --port 8000 --version $(SHIPWAY_VERSION)"


def manifest(variables: Mapping[str, str]) -> dict[str, Any]:
    """A Deployment as a user writes it, for a shop whose code is that of this checkout. It has no probes."""
    packages = sysconfig.get_paths()["purelib"]
    env = {"PYTHONPATH": f"{SOURCE}:{packages}", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    folders = {"source": str(SOURCE), "packages": packages}
    container = {
        "name": "app",
        "image": "shop/checkout:latest",
        "imagePullPolicy": "Never",
        "command": COMMAND.split(),
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "ports": [{"containerPort": 8000}],
        "volumeMounts": [{"name": name, "mountPath": path, "readOnly": True} for name, path in folders.items()],
    }
    volumes = [{"name": name, "hostPath": {"path": path}} for name, path in folders.items()]
    labels = {"app": "checkout"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": volumes}},
        },
    }


class Answered(NamedTuple):
    """A line of a pod's log."""

    version: str
    method: str
    path: str
    status: int


def _logged(texts: Iterable[str]) -> Iterator[Answered]:
    """As containerd writes it: when, where to, whether it is whole, and the line."""
    for line in (line for text in texts for line in text.splitlines()):
        *_, printed = line.split(" ", 3)
        if printed.startswith("{") and printed.endswith("}"):
            said = json.loads(printed)
            if said["path"] in PATHS:
                yield Answered(said["version"], said["method"], said["path"], said["status"])


class Shop:
    """A stand whose replicas are pods, in a namespace of its own."""

    def __init__(self, cluster: Cluster, stand: Stand, namespace: str) -> None:
        self.cluster, self.stand, self.namespace = cluster, stand, namespace

    def environment(self, **variables: str) -> None:
        """Edit the manifest."""
        (self.stand.folder / "deployment.yaml").write_text(yaml.safe_dump(manifest(variables)))

    async def deployment_of(self, version: str) -> str:
        """The name of a version's deployment."""
        chosen = f"--selector=shipway.dev/version={version}"
        found = await asyncio.to_thread(self.kubectl, "get", "deployments", chosen, "--output", "name")
        return found.strip().removeprefix("deployment.apps/")

    def as_somebody(self, folder: Path) -> Path:
        """A kubeconfig of an account that may nothing."""
        return self.cluster.as_nobody(self.namespace, folder)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """In its namespace."""
        return self.cluster.kubectl("--namespace", self.namespace, *words, stdin=stdin).stdout

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """As a user does."""
        self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def backends(self) -> list[tuple[str, int]]:
        """Of the user's HTTPRoute: names without their hash, and weights."""
        (rule,) = self.read("httproute", "checkout")["spec"]["rules"]
        return [(each["name"].rpartition("-")[0], each["weight"]) for each in rule["backendRefs"]]

    def destinations(self) -> list[tuple[str, int]]:
        """Of the user's http route in their VirtualService: names without their hash, and weights."""
        found = self.read("virtualservice", "checkout")["spec"]["http"]
        (route,) = [one for one in found if not one.get("name", "").startswith("shipway.dev/")]
        return [(one["destination"]["subset"].rpartition("-")[0], one["weight"]) for one in route["route"]]

    def answered(self) -> dict[str, list[Answered]]:
        """By pod: requests of users that it logged, or copies of them, for as long as the node keeps that."""
        folders = self.cluster.node.output.glob(f"{self.namespace}_*")
        return {one.name: [*_logged(path.read_text() for path in one.glob("*/*.log"))] for one in folders}

    def read(self, *words: str) -> dict[str, Any]:
        """As data."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *words, "--output", "json"))
        return found


async def bad_version_goes_back(made: Shop) -> None:
    """Under users, by a canary: the former version has all again, and only what the bad one failed is lost."""
    stand = made.stand
    await stand.ship_first("1.8.2")
    load = stand.users()
    made.environment(CHECKOUT_FAIL_SHARE="50%")
    past = await stand.deploy(BAD_VERSION, strategy="canary")
    assert past.outcome == "rolled-back", past
    await stand.eventually(stand.is_at_rest, "only the former version is left")
    counts = await nothing_was_lost(load, failing=BAD_VERSION)
    assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)


@asynccontextmanager
async def shop(cluster: Cluster, folder: Path, **wish: object) -> AsyncIterator[Shop]:
    """Its namespace is deleted at the end."""
    stand = Stand(folder, wish)
    namespace = f"shop-{uuid.uuid4().hex[:6]}"
    cluster.kubectl("create", "namespace", namespace)
    options = {"manifests": ["deployment.yaml"], "image": APP_IMAGE, "replicas": 2}
    where = {"kubeconfig": str(cluster.kubeconfig), "namespace": namespace}
    stand.wish["platform"] = {"kubernetes": {**options, **where}}
    made = Shop(cluster, stand, namespace)
    made.environment()
    stand.control()
    try:
        yield made
    except BaseException:
        print(await stand.tale())
        print(made.kubectl("get", "deployments,pods", "--output", "wide"))
        raise
    finally:
        await stand.close()
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def told(cluster: Cluster, folder: Path, story: Callable[[Shop], Awaitable[None]], **wish: object) -> None:
    """Play a story in a shop."""

    async def played() -> None:
        async with shop(cluster, folder, **wish) as made:
            await story(made)

    asyncio.run(played())
