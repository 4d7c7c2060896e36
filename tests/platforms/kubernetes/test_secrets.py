"""A Secret that changes is a release, and a take-back has what the version was proven with."""

import asyncio
import base64
from pathlib import Path

import pytest
import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, told
from shipway.errors import ShipwayError

pytestmark = pytest.mark.real


def test_each_version_has_its_own_and_one_that_lacks_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        path = stand.folder / "deployment.yaml"
        written = yaml.safe_load(path.read_text())
        (container,) = written["spec"]["template"]["spec"]["containers"]
        container["envFrom"] = [{"secretRef": {"name": "database"}}]
        path.write_text(yaml.safe_dump(written))
        with pytest.raises(ShipwayError, match="there is no Secret database"):
            await stand.submit("1.8.2")
        await asyncio.to_thread(made.kubectl, "create", "secret", "generic", "database", "--from-literal=url=one")
        await stand.ship_first("1.8.2")
        change = '{"stringData": {"url": "two"}}'
        await asyncio.to_thread(made.kubectl, "patch", "secret", "database", "--patch", change)
        await stand.ship("1.8.2")
        assert copies(made) == {"one", "two"}, "both versions are of one number, and two revisions"

    told(cluster, tmp_path, story)


def copies(made: Shop) -> set[str]:
    words = ("get", "secrets", "--selector=shipway.dev/service", "--output=jsonpath={.items[*].data.url}")
    return {base64.b64decode(one).decode() for one in made.kubectl(*words).split()}
