"""What can be wrong with manifests, and what was found."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shipway.manifests.manifest import Key, Manifest
from shipway.manifests.setting import Setting


class Level(Enum):
    """Whether users lose requests by it, or it is worth a thought."""

    HAZARD = "hazard"
    ADVICE = "advice"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place where a hazard is."""

    what: str
    """What happens, in one sentence with the names of these manifests."""
    on: Manifest
    at: tuple[Key, ...] = ()
    """Where in it."""
    fix: str
    """What to do."""
    patch: Mapping[str, Any] | None = None
    """A strategic merge patch, or a whole object, that does it; none where a person has to decide."""
    also: Mapping[str, Any] | None = None
    """A new object that goes with it."""
    level: Level | None = None
    """Where it is not the hazard's own."""

    @property
    def rewrites(self) -> list[dict[str, Any]]:
        """What to write: a patch, an object, both or neither."""
        return [dict(one) for one in (self.patch, self.also) if one is not None]


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """One kind of danger. Each is a file of this name in `manifests/hazards/`."""

    name: str
    title: str
    why: str
    """Why it hurts, for whoever never met it."""
    find: Callable[[Setting], Iterator[Found]]
    level: Level = Level.HAZARD


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A hazard at a place in a file."""

    hazard: Hazard
    found: Found

    @property
    def is_hazard(self) -> bool:
        """Not only advice."""
        return (self.found.level or self.hazard.level) is Level.HAZARD

    @property
    def where(self) -> str:
        """`k8s/all.yaml:3:1`."""
        return self.found.on.where(*self.found.at)
