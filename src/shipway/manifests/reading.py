"""Manifests of files, of folders, and of standard input: what `kustomize build` or `helm template` print."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from shipway.errors import ShipwayError
from shipway.manifests.manifest import Manifest

SUFFIXES = (".yaml", ".yml", ".json")
TEXT_BYTES_MAX, FILES_MAX = 4 * 2**20, 500
STDIN = "-"


class BadManifest(ShipwayError):
    """A manifest that nothing can be made of."""

    code = "kubernetes-manifest"


def read(names: Iterable[str], *, root: Path, where: str) -> list[Manifest]:
    """Every object, in the order of the names; `where` names them. Raises `BadManifest`."""
    return [one for name in names for text, file in _texts(name, root, where) for one in parsed(text, file)]


def parsed(text: str, file: str) -> Iterator[Manifest]:
    """The objects of one text. Raises `BadManifest`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            body = loader.construct_document(node)
            if body is not None and node is not None:
                yield from _objects(body, node, file)
    except yaml.YAMLError as error:
        raise _unreadable(file, f"{error}") from error
    finally:
        loader.dispose()


def _texts(name: str, root: Path, where: str) -> Iterator[tuple[str, str]]:
    if name == STDIN:
        yield _standard_input(where), "standard input"
        return
    path = root / Path(name).expanduser()
    for file in _files(path, where):
        shown = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        try:
            if file.stat().st_size > TEXT_BYTES_MAX:
                raise _unreadable(shown, f"It has more than {TEXT_BYTES_MAX // 2**20} MiB")
            yield file.read_text(encoding="utf-8"), shown
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(shown, f"{error}") from error


@cache
def _standard_input(where: str) -> str:
    """It can be read once. Raises `BadManifest`."""
    if sys.stdin is None or sys.stdin.isatty():
        raise BadManifest(
            "manifests are to come by standard input, which is a terminal",
            where=where,
            why="`-` means standard input.",
            fix="Pipe them: `kustomize build k8s | shipway …`, or `helm template chart | shipway …`.",
        )
    text = sys.stdin.read(TEXT_BYTES_MAX + 1)
    if not text.strip() or len(text) > TEXT_BYTES_MAX:
        raise BadManifest(
            "there are no manifests on standard input" if not text.strip() else "standard input is too long",
            where=where,
            why=f"It had {'no text' if not text.strip() else f'more than {TEXT_BYTES_MAX // 2**20} MiB'}.",
            fix="See what the program before it says; did it fail?",
        )
    return text


def _files(path: Path, where: str) -> Sequence[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    else:
        found = [path] if path.is_file() else []
    if not found or len(found) > FILES_MAX:
        raise BadManifest(
            f"there are {'more than ' + str(FILES_MAX) if found else 'no'} manifests at {path.name}",
            where=where,
            why=f"Looked at {path}.",
            fix="Name a YAML file, or a folder that has some.",
        )
    return found


def _objects(body: object, node: yaml.Node, file: str) -> Iterator[Manifest]:
    """One, or those of a list."""
    place = f"{file}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        raise BadManifest(
            f"{file} has something that is no manifest",
            where=place,
            why="A manifest is a mapping with apiVersion, kind and metadata.",
            fix="Remove it, or name only the files that are manifests.",
        )
    found = Manifest(body, file, node)
    if found.kind == "List":
        for index, item in enumerate(body.get("items") or ()):
            yield from _objects(item, _item(node, index), file)
        return
    if found.kind == "Kustomization":
        return
    if not found.name:
        raise BadManifest(
            f"{file} has a {found.kind} without a name",
            where=place,
            why="It has no metadata.name.",
            fix="Name it.",
        )
    yield found


def _item(node: yaml.Node, index: int) -> yaml.Node:
    assert isinstance(node, yaml.MappingNode)
    items: yaml.Node = next(value for name, value in node.value if name.value == "items")
    inner: yaml.Node = items.value[index]
    return inner


def _unreadable(file: str, why: str) -> BadManifest:
    return BadManifest(
        f"{file} cannot be read",
        where=file,
        why=f"{why.rstrip('.')}.",
        fix="Correct it; `kubectl apply -f` would refuse it too.",
    )
