"""Puts a service of a Compose or stack file below what the release file itself says, which wins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shipway.spec.compose import for_docker, for_swarm
from shipway.spec.compose.reading import Asked, Composed, read
from shipway.spec.compose.translation import Asking, Translated
from shipway.spec.problems import InputErrors
from shipway.spec.traffic.envoy import Options as Envoy
from shipway.spec.traffic.listening import EVERYWHERE
from shipway.spec.tree import Data, Tree

FILES = {"docker": "compose", "swarm": "stack"}
"""The key that names the file, by platform."""
TRANSLATING: Mapping[str, Callable[[Composed, Asking], Translated]] = {
    "docker": for_docker.translated,
    "swarm": for_swarm.translated,
}
MERGED = ("env", "labels", "limits", "secret_files", "configs", "reserve", "update")
"""Both are taken; of one name the release file's."""


@dataclass(frozen=True)
class Read:
    """What another file says of the service."""

    tree: Tree
    """The release file's, with it."""
    further: Mapping[str, object]
    left: tuple[str, ...]
    composed: Composed


def joined(tree: Tree, *, root: Path, environ: Mapping[str, str]) -> Read | None:
    """None where the release file names no other. Raises `InputErrors` about the other."""
    data = tree.data
    platform = data.get("platform") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(platform, dict):
        return None
    for name, key in FILES.items():
        options = platform.get(name)
        if isinstance(options, dict) and isinstance(options.get(key), str):
            service = str(options.get("service") or data.get("service"))
            return _with(tree, data, name, _asked(options, root / str(options[key]), service, environ))
    return None


def _asked(options: dict[str, Data], path: Path, service: str, environ: Mapping[str, str]) -> Asked:
    variables, without = options.get("variables"), options.get("without")
    return Asked(
        path=path,
        service=service,
        environ=environ,
        variables={key: str(text) for key, text in variables.items()} if isinstance(variables, dict) else {},
        without=[str(key) for key in without] if isinstance(without, list) else (),
        has_image=bool(options.get("image")),
    )


def _with(tree: Tree, data: dict[str, Data], name: str, asked: Asked) -> Read:
    composed, platform = read(asked), data["platform"]
    assert isinstance(platform, dict)
    options = platform[name]
    assert isinstance(options, dict)
    found = TRANSLATING[name](composed, Asking(listens=_listens(data), options=options))
    if found.wrong:
        raise InputErrors(found.wrong, file=str(asked.path))
    both = _merged(found.keys, options, MERGED)
    beside = _merged(found.beside, data, tuple(found.beside))
    whole: dict[str, object] = {**beside, "platform": {**platform, name: both}}
    return Read(replace(tree, data=whole), found.further, found.left, composed)  # type: ignore[arg-type]


def _merged(theirs: Mapping[str, object], own: Mapping[str, object], both: Sequence[str]) -> dict[str, object]:
    """One's own wins. Of the sections `both`, what either says is there."""
    sections = {
        key: {**there, **here}
        for key in both
        if isinstance(there := theirs.get(key), dict) and isinstance(here := own.get(key), dict)
    }
    return {**theirs, **own, **sections}


def _listens(data: dict[str, Data]) -> str | None:
    """Where the proxy takes requests; none where replicas take none."""
    if data.get("kind", "http") != "http":
        return None
    traffic = data.get("traffic")
    chosen = next(iter(traffic.values()), None) if isinstance(traffic, dict) else None
    said = chosen.get("listen") if isinstance(chosen, dict) else None
    if isinstance(chosen, dict) and chosen.get("socket"):
        return None
    text = str(said or Envoy().listen)
    return text if ":" in text else f"{EVERYWHERE}:{text}"
