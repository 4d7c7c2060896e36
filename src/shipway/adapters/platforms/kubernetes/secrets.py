"""Secrets of a cluster: known by a keyed hash, and copied inside of it for each revision made with them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes import deriving, marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict, ManifestRefused
from shipway.adapters.platforms.kubernetes.kinds import SECRET
from shipway.adapters.platforms.kubernetes.options import WHERE, options_of
from shipway.adapters.supervisor.secret_environment import digest
from shipway.model.revision import Revision

Object = dict[str, Any]
Key = Callable[[], bytes]
"""Read when there is a Secret to hash."""


async def digests(cluster: Cluster, wanted: Mapping[str, bool], key: Key) -> dict[str, str]:
    """By name, of those that are there now; `wanted` says which have to be. Raises `PortError`."""
    found = await asyncio.gather(*(_read(cluster, name) for name in wanted))
    missing = [name for name, secret in zip(wanted, found, strict=True) if secret is None and wanted[name]]
    if missing:
        raise ManifestRefused(
            f"there is no Secret {missing[0]}",
            where=WHERE,
            why="The pods read it, and would not begin without.",
            fix="Make it first, with kubectl or whatever brings Secrets into the cluster.",
        )
    return {name: _digest(secret, key) for name, secret in zip(wanted, found, strict=True) if secret is not None}


async def copied(cluster: Cluster, revision: Revision, key: Key) -> None:
    """Have the revision's own, immutable; one that is there already is what it was proven with."""
    for name, wanted in options_of(revision).secrets.items():
        own = marks.name_of(name, revision.id)
        if await cluster.read(SECRET, own) is not None:
            continue
        secret = await _read(cluster, name)
        if secret is None or _digest(secret, key) != wanted:
            raise ManifestRefused(
                f"Secret {name} is {'gone' if secret is None else 'another'} since the release was asked for",
                where=WHERE,
                why=f"{revision.id} was made with what it held then, and its copy {own} is not there.",
                fix="Deploy again: with what it holds now it is another revision.",
            )
        await _made(cluster, secret, own, revision)


async def _made(cluster: Cluster, secret: Object, own: str, revision: Revision) -> None:
    copy = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": secret.get("type", "Opaque"),
        "data": secret.get("data") or {},
        "metadata": {"name": own, "labels": deriving.labels(revision)},
        "immutable": True,
    }
    try:
        await cluster.create(SECRET, copy)
    except Conflict:
        return


async def _read(cluster: Cluster, name: str) -> Object | None:
    try:
        return await cluster.read(SECRET, name)
    except ManifestRefused as error:
        raise ManifestRefused(
            error.what,
            where=WHERE,
            why=error.why,
            fix="Apply the Role of docs/guides/kubernetes.md, or write `copy_secrets: false`: then a change of a "
            "Secret is no release.",
        ) from error


def _digest(secret: Object, key: Key) -> str:
    return digest({"type": str(secret.get("type", "")), **(secret.get("data") or {})}, key())
