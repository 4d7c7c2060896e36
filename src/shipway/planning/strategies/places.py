"""What a platform that replaces replicas in their places cannot do."""

from typing import Any

from shipway.errors import ShipwayError
from shipway.model.release import Release
from shipway.planning.facts import Facts

KINDS = ("StatefulSet",)


def check(release: Release, facts: Facts, surge: int) -> None:
    """Raises `ShipwayError` for a release that would make some beside the others, or another number of them."""
    kind = _kind(release)
    if kind is None or facts.base is None:
        return
    where = f"service {release.service}, rolling"
    if surge == 0:
        raise ShipwayError(
            f"A {kind} cannot be told to end a pod first.",
            where=where,
            why="It puts each new pod into the place of another one, and chooses which.",
            fix="Remove `surge: 0`; `batches` says how many are replaced at once.",
        )
    if facts.replicas != release.replicas:
        raise ShipwayError(
            f"A {kind} cannot have {release.replicas} pods in place of {facts.replicas} by a release.",
            where=where,
            why="Places come and go at its end, where the new version is.",
            fix=f"`shipway scale {release.replicas}` first, or write `replicas: {facts.replicas}`.",
        )


def _kind(release: Release) -> str | None:
    update: Any = release.platform.options.get("update") if release.platform else None
    kind = update.get("kind") if update else None
    return kind if kind in KINDS else None
