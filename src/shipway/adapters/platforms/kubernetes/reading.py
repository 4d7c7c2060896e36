"""From a folder of manifests to what a revision keeps: the Deployment and the ConfigMaps that it reads."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from shipway.errors import ShipwayError

Object = dict[str, Any]
SUFFIXES = (".yaml", ".yml", ".json")
FILE_BYTES_MAX, FILES_MAX = 4 * 2**20, 500


class Manifest(ShipwayError):
    """A manifest from which no version can be derived."""

    code = "kubernetes-manifest"


def read(platform: Mapping[str, Any], *, root: Path, where: str) -> Mapping[str, object]:
    """What the revision keeps, in place of where it is written. Raises `Manifest`."""
    found = [one for name in platform["manifests"] for one in _documents(root / Path(name).expanduser(), where)]
    workload = _deployment(found, platform.get("deployment"), where)
    container = _container(workload, platform.get("container"), where)
    container["image"] = platform["image"]
    return {
        "manifests": [],
        "workload": _without_status(workload),
        "container": container["name"],
        "configs": [
            config for config in found if _is(config, "ConfigMap") and _name(config) in _read_by(workload)
        ],
        "port": platform.get("port") or _port(container, where),
    }


def _documents(path: Path, where: str) -> Iterator[Object]:
    for file in _files(path, where):
        try:
            text = file.read_text(encoding="utf-8")
            documents = [one for one in yaml.safe_load_all(text) if one is not None]
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise Manifest(
                f"{file.name} cannot be read",
                where=str(file),
                why=f"{error}.",
                fix="Correct it; `kubectl apply -f` would refuse it too.",
            ) from error
        for document in documents:
            yield from _objects(document, file)


def _objects(document: object, file: Path) -> Iterator[Object]:
    """One, or those of a list."""
    if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
        raise Manifest(
            f"{file.name} has something that is no manifest",
            where=str(file),
            why="A manifest is a mapping with apiVersion, kind and metadata.",
            fix="Remove it, or name only the files that are manifests.",
        )
    if document["kind"] == "List":
        for item in document.get("items") or ():
            yield from _objects(item, file)
        return
    if not _name(document):
        raise Manifest(
            f"{file.name} has a {document['kind']} without a name",
            where=str(file),
            why="It has no metadata.name.",
            fix="Name it.",
        )
    yield document


def _files(path: Path, where: str) -> Sequence[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    else:
        found = [path] if path.is_file() else []
    if not found or len(found) > FILES_MAX:
        raise Manifest(
            f"there are {'more than ' + str(FILES_MAX) if found else 'no'} manifests at {path.name}",
            where=where,
            why=f"Looked at {path}.",
            fix="Name a YAML file, or a folder that has some.",
        )
    return found


def _deployment(found: Sequence[Object], name: str | None, where: str) -> Object:
    there = {_name(one): one for one in found if _is(one, "Deployment")}
    if name is None and len(there) == 1:
        return _sound(next(iter(there.values())), where)
    if name in there:
        return _sound(there[name], where)
    known = ", ".join(sorted(there)) or "none"
    others = sorted({str(one["kind"]) for one in found if one["kind"] in ("StatefulSet", "DaemonSet")})
    raise Manifest(
        f"there is no Deployment {name}" if name else "it is not said which Deployment",
        where=where,
        why=f"The manifests have {known}."
        + (f" A {others[0]} has no two versions side by side." if others else ""),
        fix="Write `deployment: NAME`." if there else "Name the manifest of the Deployment.",
    )


def _sound(deployment: Object, where: str) -> Object:
    """With what two versions are told apart by. What else may be wrong the API server says."""
    spec = deployment.get("spec") or {}
    labels = (((spec.get("template") or {}).get("metadata") or {}).get("labels")) or {}
    chosen = (spec.get("selector") or {}).get("matchLabels")
    if not chosen:
        raise Manifest(
            f"Deployment {_name(deployment)} has no selector",
            where=where,
            why="apps/v1 wants spec.selector.matchLabels, and its pods are found by it.",
            fix=f"Write `selector: {{matchLabels: {{app: {_name(deployment)}}}}}`, and label the pods so.",
        )
    missing = sorted(key for key, value in chosen.items() if labels.get(key) != value)
    if missing:
        raise Manifest(
            f"Deployment {_name(deployment)} does not choose its own pods",
            where=where,
            why=f"Its selector wants {missing[0]}: {chosen[missing[0]]}; the pods' template has not.",
            fix=f"Write `{missing[0]}: {chosen[missing[0]]}` below template.metadata.labels.",
        )
    return deployment


def _container(deployment: Object, name: str | None, where: str) -> Object:
    there: list[Object] = (deployment["spec"]["template"].get("spec") or {}).get("containers") or []
    for container in there:
        if name in (None, container.get("name")):
            return container
    raise Manifest(
        f"Deployment {_name(deployment)} has no container {name}" if name else "it has no container",
        where=where,
        why=f"It has {', '.join(str(one.get('name')) for one in there) or 'none'}.",
        fix="Write `container: NAME`.",
    )


def _port(container: Object, where: str) -> int:
    ports = container.get("ports") or ()
    if ports:
        return int(ports[0]["containerPort"])
    raise Manifest(
        f"it is not said where container {container['name']} takes requests",
        where=where,
        why="It names no port.",
        fix="Write `port: 8000` below platform.kubernetes.",
    )


def _without_status(deployment: Object) -> Object:
    return {key: value for key, value in deployment.items() if key != "status"}


def _read_by(deployment: Object) -> set[str]:
    """Names of the ConfigMaps that its pods read."""
    return set(_names(deployment["spec"]["template"].get("spec") or {}))


def _names(part: object) -> Iterator[str]:
    match part:
        case dict():
            for key, value in part.items():
                if key in ("configMap", "configMapRef", "configMapKeyRef") and isinstance(value, dict):
                    yield str(value.get("name", ""))
                yield from _names(value)
        case list():
            for value in part:
                yield from _names(value)


def _is(found: Object, kind: str) -> bool:
    return bool(found["kind"] == kind)


def _name(found: Object) -> str:
    return str((found.get("metadata") or {}).get("name", ""))
