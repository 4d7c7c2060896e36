"""Volumes, secrets, configs and files of variables, as the docker platform takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.mounts import Handed, Mount, OfTmpfs
from shipway.spec.compose.project import Given, Volume
from shipway.spec.compose.reading import Composed
from shipway.spec.compose.sources import absolute, volume_named
from shipway.spec.problems import Wrong

SECRETS = "/run/secrets"
LABEL = "com.docker.compose"
Noted = Callable[[Wrong], None]


@dataclass
class Files:
    """All that stands at paths of the container."""

    volumes: list[str] = field(default_factory=list)
    """`SOURCE:TARGET[:MODES]`, with absolute paths and the engine's names."""
    unnamed: list[str] = field(default_factory=list)
    tmpfs: dict[str, str] = field(default_factory=dict)
    """Options by path."""
    made: dict[str, object] = field(default_factory=dict)
    """How a volume is made that is missing, by its name."""
    handed: dict[str, str] = field(default_factory=dict)
    """The file of each secret and config, by where it is in the container."""
    env_files: list[str] = field(default_factory=list)


def files_of(composed: Composed, noted: Noted) -> Files:
    """What cannot be had is noted."""
    found = Files()
    for index, mount in enumerate(composed.service.volumes):
        _mounted(composed, mount, found, noted=_placed(noted, ("volumes", index)))
    for path in composed.service.tmpfs:
        target, _, options = path.partition(":")
        found.tmpfs[target] = options
    project = composed.project
    for index, secret in enumerate(composed.service.secrets):
        _handed(composed, secret, ("secrets", project.secrets, f"{SECRETS}/"), (found, noted), index)
    for index, config in enumerate(composed.service.configs):
        _handed(composed, config, ("configs", project.configs, "/"), (found, noted), index)
    _read(composed, found, noted)
    return found


def _placed(noted: Noted, at: tuple[str | int, ...]) -> Noted:
    return lambda wrong: noted(Wrong(wrong.what, why=wrong.why, fix=wrong.fix, at=at))


def _mounted(composed: Composed, mount: Mount, found: Files, *, noted: Noted) -> None:
    modes = [mode for mode in (mount.mode.split(",") if mount.mode else []) if mode]
    modes += ["ro"] if mount.read_only and "ro" not in modes else []
    match mount.type:
        case "tmpfs":
            how = mount.tmpfs or OfTmpfs()
            said = (
                "" if how.size is None else f"size={how.size}",
                "" if how.mode is None else f"mode={how.mode:o}",
            )
            found.tmpfs[mount.target] = ",".join(filter(None, said))
        case "bind":
            source = absolute(composed, mount.source or ".")
            modes += [mount.bind.propagation] if mount.bind and mount.bind.propagation else []
            modes += [mount.bind.selinux] if mount.bind and mount.bind.selinux else []
            found.volumes.append(":".join(filter(None, (source, mount.target, ",".join(modes)))))
        case "volume" if mount.volume is None or mount.volume.subpath is None:
            modes += ["nocopy"] if mount.volume and mount.volume.nocopy else []
            _volume(composed, mount, ",".join(modes), found, noted)
        case kind:
            noted(not_kept("volumes", f"A mount of the kind {kind}, or a part of one, is not made here."))


def _volume(composed: Composed, mount: Mount, modes: str, found: Files, noted: Noted) -> None:
    if mount.source is None:
        found.unnamed.append(mount.target)
        return
    known = volume_named(composed, mount.source, noted)
    if known is None:
        return
    name = composed.project.called(mount.source, known)
    found.volumes.append(":".join(filter(None, (name, mount.target, modes))))
    if not known.external:
        found.made[name] = _made(composed, mount.source, known)


def _made(composed: Composed, name: str, volume: Volume) -> dict[str, object]:
    own = {key: text or "" for key, text in volume.labels.items()}
    return {
        "driver": volume.driver or "local",
        "driver_opts": {key: text or "" for key, text in volume.driver_opts.items()},
        "labels": {**own, f"{LABEL}.project": composed.project.name, f"{LABEL}.volume": name},
    }


def _handed(
    composed: Composed,
    handed: Handed,
    kind: tuple[str, Mapping[str, Given], str],
    into: tuple[Files, Noted],
    index: int,
) -> None:
    """A file that is there; what only a swarm or the shell has is not kept."""
    (word, known, below), (found, noted) = kind, into
    given = known.get(handed.source)
    if given is None or given.file is None:
        why = (
            "Below it no file is named: a swarm has it, or a shell."
            if given
            else "The file has none of this name."
        )
        fix = f"Write `{word}: {{{handed.source}: {{file: …}}}}` at the file's end, or `without: [{word}]`."
        noted(Wrong(f"{handed.source} cannot be had", why=why, fix=fix, at=(word, index)))
        return
    target = handed.target or handed.source
    found.handed[target if target.startswith("/") else f"{below}{target}"] = absolute(composed, given.file)


def _read(composed: Composed, found: Files, noted: Noted) -> None:
    for index, file in enumerate(composed.service.env_file):
        path = absolute(composed, file.path)
        if Path(path).is_file():
            found.env_files.append(path)
        elif file.required:
            noted(
                Wrong(
                    f"there is no file {file.path}",
                    why="It is to tell variables.",
                    fix="Write it, or `required: false`.",
                    at=("env_file", index),
                )
            )
