"""What ways in that draw a weight for each request cannot do of what a release asks for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shipway.spec.problems import Wrong

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile


def against(file: "ReleaseFile", way: str, *, why_nobody_stays: str) -> Iterator[Wrong]:
    """Users that stay on one version, and claims of tokens; `way` is its name in a sentence."""
    if file.canary.sticky is not None:
        yield Wrong(
            f"{way} keeps no user on one version",
            why=why_nobody_stays,
            fix="Remove `canary.sticky` and choose users by `header` or `cookie`, or write `traffic: {envoy: …}`.",
            at=("canary", "sticky"),
        )
    if file.canary.users.need_tokens:
        yield Wrong(
            f"Shipway has {way} verify no tokens",
            why="Its rules look at headers as they are written.",
            fix="Choose users by `header` or `cookie`, or write `traffic: {envoy: …}`.",
            at=("canary", "users"),
        )


def against_strategy(way: str, strategy: str) -> Iterator[Wrong]:
    """Experiments, whose users have to stay."""
    if strategy == "experiment":
        yield Wrong(
            f"{way} cannot keep users on one version",
            why="Weights are drawn for each request, so users of an experiment would see both versions.",
            fix="Write `strategy: canary`, or `traffic: {envoy: …}`.",
            at=("strategy",),
        )
