"""Puts a service of a Compose or stack file below what the release file itself says, which wins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shipway.spec.compose import for_docker
from shipway.spec.compose.for_docker import Translated
from shipway.spec.compose.reading import Asked, Composed, read
from shipway.spec.problems import InputErrors
from shipway.spec.traffic.envoy import Options as Envoy
from shipway.spec.traffic.listening import port_of
from shipway.spec.tree import Data, Tree

FILES = {"docker": "compose"}
"""The key that names the file, by platform."""
TRANSLATING: Mapping[str, Callable[..., Translated]] = {"docker": for_docker.translated}
MERGED = ("env", "labels", "limits", "secret_files")
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
        if (
            isinstance(options, dict)
            and isinstance(options.get(key), str)
            and isinstance(options.get("service"), str)
        ):
            return _with(tree, data, name, options, _asked(options, root / str(options[key]), environ))
    return None


def _asked(options: dict[str, Data], path: Path, environ: Mapping[str, str]) -> Asked:
    variables, without = options.get("variables"), options.get("without")
    return Asked(
        path=path,
        service=str(options["service"]),
        environ=environ,
        variables={key: str(text) for key, text in variables.items()} if isinstance(variables, dict) else {},
        without=[str(key) for key in without] if isinstance(without, list) else (),
        has_image=bool(options.get("image")),
    )


def _with(tree: Tree, data: dict[str, Data], name: str, options: dict[str, Data], asked: Asked) -> Read:
    composed = read(asked)
    found = TRANSLATING[name](composed, listens=_listens(data))
    if found.wrong:
        raise InputErrors(found.wrong, file=str(asked.path))
    merged = {**found.keys, **options}
    for key in MERGED:
        theirs, own = found.keys.get(key), options.get(key)
        if isinstance(theirs, dict) and isinstance(own, dict):
            merged[key] = {**theirs, **own}
    platform = data["platform"]
    assert isinstance(platform, dict)
    whole: dict[str, object] = {**data, "platform": {**platform, name: merged}}
    return Read(replace(tree, data=whole), found.further, found.left, composed)  # type: ignore[arg-type]


def _listens(data: dict[str, Data]) -> str | None:
    """The port on which the proxy takes requests; none where replicas take none."""
    if data.get("kind", "http") != "http":
        return None
    traffic = data.get("traffic")
    chosen = next(iter(traffic.values()), None) if isinstance(traffic, dict) else None
    said = chosen.get("listen") if isinstance(chosen, dict) else None
    return port_of(str(said or Envoy().listen))
