"""Secrets belong to a version by what they hold, which is kept nowhere outside of the cluster."""

import asyncio
import copy
from typing import Any

import pytest

from shipway.adapters.platforms.kubernetes import deriving
from shipway.adapters.platforms.kubernetes.cluster import ManifestRefused
from shipway.adapters.platforms.kubernetes.reading import secrets_of
from shipway.adapters.platforms.kubernetes.secrets import copied, digests
from shipway.model.revision import Revision, RevisionId

ID = RevisionId("1.9.0-7f3a91c2")
WORKLOAD: dict[str, Any] = {
    "metadata": {"name": "checkout"},
    "spec": {
        "selector": {"matchLabels": {"app": "checkout"}},
        "template": {
            "metadata": {"labels": {"app": "checkout"}},
            "spec": {
                "initContainers": [{"name": "first", "envFrom": [{"secretRef": {"name": "database"}}]}],
                "containers": [
                    {
                        "name": "app",
                        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}}],
                        "envFrom": [{"secretRef": {"name": "extra", "optional": True}}],
                    }
                ],
                "volumes": [
                    {"name": "tls", "secret": {"secretName": "certificate"}},
                    {"name": "all", "projected": {"sources": [{"secret": {"name": "token"}}]}},
                ],
            },
        },
    },
}


class Secrets:
    """A cluster that has these."""

    def __init__(self, **held: str) -> None:
        self.held = {name: {"type": "Opaque", "data": {"value": value}} for name, value in held.items()}

    async def read(self, kind: object, name: str) -> dict[str, Any] | None:
        return self.held.get(name)

    async def create(self, kind: object, wanted: dict[str, Any]) -> dict[str, Any]:
        self.held[wanted["metadata"]["name"]] = wanted
        return wanted


def told(cluster: Secrets, wanted: dict[str, bool]) -> dict[str, str]:
    return asyncio.run(digests(cluster, wanted, lambda: b"key"))  # type: ignore[arg-type]


def revision(secrets: dict[str, str]) -> Revision:
    platform = {"workload": copy.deepcopy(WORKLOAD), "secrets": secrets, "container": "app", "port": 8000}
    return Revision(id=ID, service="checkout", version="1.9.0", platform=platform)


def test_all_that_pods_read_are_found_and_which_have_to_be_there() -> None:
    assert secrets_of(WORKLOAD) == {"certificate": True, "database": True, "extra": False, "token": True}


def test_every_use_points_to_the_version_s_own() -> None:
    names = ("certificate", "database", "extra", "token")
    pod = deriving.deployment(revision(dict.fromkeys(names, "x")))["spec"]["template"]["spec"]
    assert set(secrets_of({"spec": {"template": {"spec": pod}}})) == {f"{name}-1-9-0-7f3a91c2" for name in names}


def test_another_content_is_another_hash_and_one_that_may_lack_is_left_out() -> None:
    before = told(Secrets(database="a"), {"database": True, "extra": False})
    assert set(before) == {"database"}
    assert told(Secrets(database="b"), {"database": True}) != before
    assert "a" not in before["database"].split()


def test_one_that_lacks_is_refused_before_anything_begins() -> None:
    with pytest.raises(ManifestRefused, match="there is no Secret database"):
        told(Secrets(), {"database": True})


def test_the_copy_is_immutable_and_is_not_made_of_another_content() -> None:
    cluster = Secrets(database="a")
    wanted = revision(told(cluster, {"database": True}))
    asyncio.run(copied(cluster, wanted, lambda: b"key"))  # type: ignore[arg-type]
    assert cluster.held["database-1-9-0-7f3a91c2"]["immutable"] is True
    cluster.held["database"]["data"] = {"value": "b"}
    asyncio.run(copied(cluster, wanted, lambda: b"key"))  # type: ignore[arg-type]
    del cluster.held["database-1-9-0-7f3a91c2"]
    with pytest.raises(ManifestRefused, match="is another since the release was asked for"):
        asyncio.run(copied(cluster, wanted, lambda: b"key"))  # type: ignore[arg-type]
