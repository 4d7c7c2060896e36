"""Volumes, secrets and configs, as the swarm platform takes them."""

from dataclasses import dataclass, field

from shipway.spec.compose import fields
from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.mounts import Handed, Mount, OfTmpfs
from shipway.spec.compose.project import Given, Volume
from shipway.spec.compose.reading import Composed
from shipway.spec.compose.sources import absolute, volume_named
from shipway.spec.compose.translation import Noted, told
from shipway.spec.problems import Wrong

STACK = "com.docker.stack.namespace"
READABLE = 0o444
MODES = ("ro", "rw", "nocopy", "private", "rprivate", "shared", "rshared", "slave", "rslave")
"""Of a mount in a Swarm."""


@dataclass
class Files:
    """All that stands at paths of the container."""

    volumes: list[str] = field(default_factory=list)
    """`SOURCE:TARGET[:MODES]`, with absolute paths and the Swarm's names."""
    volume_options: dict[str, object] = field(default_factory=dict)
    """How one is made on a node where it is missing, in the API's words, by its name."""
    mounts: list[dict[str, object]] = field(default_factory=list)
    """Others, in the API's words."""
    configs: dict[str, str] = field(default_factory=dict)
    """Files by their path in the container."""
    kept_configs: list[dict[str, object]] = field(default_factory=list)
    """Those that the Swarm has already, and files whose owner or mode is said."""
    secrets: list[dict[str, object]] = field(default_factory=list)


def files_of(composed: Composed, noted: Noted) -> Files:
    """What cannot be had is noted."""
    found = Files()
    for index, mount in enumerate(composed.service.volumes):
        _mounted(composed, mount, found, _At(noted, ("volumes", index)))
    for path in composed.service.tmpfs:
        target, _, options = path.partition(":")
        found.mounts.append(_short(target, options, _At(noted, ("tmpfs",))))
    for index, secret in enumerate(composed.service.secrets):
        _secret(composed, secret, found, _At(noted, ("secrets", index)))
    for index, config in enumerate(composed.service.configs):
        _config(composed, config, found, _At(noted, ("configs", index)))
    return found


@dataclass(frozen=True)
class _At:
    """Notes what is wrong with one item of a list."""

    noted: Noted
    at: tuple[str | int, ...]

    def __call__(self, wrong: Wrong) -> None:
        self.noted(Wrong(wrong.what, why=wrong.why, fix=wrong.fix, at=self.at))


def _tmpfs(target: str, size: int | None, mode: int | None = None) -> dict[str, object]:
    return told({"Type": "tmpfs", "Target": target, "TmpfsOptions": told({"SizeBytes": size, "Mode": mode})})


def _short(target: str, options: str, noted: _At) -> dict[str, object]:
    """`/tmp:size=64m,mode=1777`; a Swarm has no other options of a tmpfs."""
    size, mode = None, None
    for option in filter(None, options.split(",")):
        match option.partition("="):
            case ("size", _, text) if fields.SIZE.fullmatch(text):
                size = fields.bytes_of(text)
            case ("mode", _, text) if text.isdigit() and not set("89") & set(text):
                mode = int(text, 8)
            case _:
                noted(not_kept("tmpfs", f"In a Swarm it has a size and a mode, and no {option}."))
    return _tmpfs(target, size, mode)


def _mounted(composed: Composed, mount: Mount, found: Files, noted: _At) -> None:
    selinux = mount.bind.selinux if mount.bind else None
    if unknown := next((mode for mode in (*mount.mode.split(","), selinux) if mode and mode not in MODES), None):
        noted(not_kept("volumes", f"A Swarm has no mode {unknown} for mounts."))
    modes = [mode for mode in mount.mode.split(",") if mode and mode not in ("ro", "rw")]
    modes += ["ro"] if mount.read_only else []
    match mount.type:
        case "tmpfs":
            how = mount.tmpfs or OfTmpfs()
            found.mounts.append(_tmpfs(mount.target, how.size, how.mode))
        case "bind":
            source = absolute(composed, mount.source or ".")
            modes += [mount.bind.propagation] if mount.bind and mount.bind.propagation else []
            found.volumes.append(_joined(source, mount.target, modes))
        case "volume" if mount.volume is None or mount.volume.subpath is None:
            modes += ["nocopy"] if mount.volume and mount.volume.nocopy and "nocopy" not in modes else []
            _volume(composed, mount, modes, found, noted)
        case kind:
            noted(not_kept("volumes", f"A mount of the kind {kind}, or a part of one, is not made here."))


def _volume(composed: Composed, mount: Mount, modes: list[str], found: Files, noted: _At) -> None:
    if mount.source is None:
        found.mounts.append(told({"Type": "volume", "Target": mount.target, "ReadOnly": "ro" in modes or None}))
        return
    known = volume_named(composed, mount.source, noted)
    if known is None:
        return
    name = composed.project.called(mount.source, known)
    found.volumes.append(_joined(name, mount.target, modes))
    if not known.external:
        found.volume_options[name] = _options(composed, known)


def _options(composed: Composed, volume: Volume) -> dict[str, object]:
    options = {key: text or "" for key, text in volume.driver_opts.items()}
    own = {key: text or "" for key, text in volume.labels.items()}
    driver = told({"Name": volume.driver, "Options": options})
    return told({"Labels": {**own, STACK: composed.project.name}, "DriverConfig": driver})


def _joined(source: str, target: str, modes: list[str]) -> str:
    return ":".join(filter(None, (source, target, ",".join(modes))))


def _secret(composed: Composed, handed: Handed, found: Files, noted: _At) -> None:
    """The Swarm has it: what is in it can be asked of nobody, so whoever has the file made it."""
    given = _given(handed, "secrets", composed.project.secrets, noted)
    if given is None:
        return
    name = composed.project.called(handed.source, given)
    file = absolute(composed, given.file) if given.file else ""
    found.secrets.append(_handed(handed) | {"name": name, "file": file})


def _config(composed: Composed, handed: Handed, found: Files, noted: _At) -> None:
    given = _given(handed, "configs", composed.project.configs, noted)
    if given is None:
        return
    how = _handed(handed)
    how["target"] = target if (target := str(how["target"])).startswith("/") else f"/{target}"
    if given.file and not (handed.uid or handed.gid or handed.mode is not None):
        found.configs[str(how["target"])] = absolute(composed, given.file)
    elif given.file:
        found.kept_configs.append(how | {"file": absolute(composed, given.file)})
    else:
        found.kept_configs.append(how | {"name": composed.project.called(handed.source, given)})


def _given(handed: Handed, word: str, known: dict[str, Given], noted: _At) -> Given | None:
    given = known.get(handed.source)
    if given is not None and (given.external or given.file) and not (given.driver or given.template_driver):
        return given
    why = (
        "Below it stands neither a file nor `external: true`, or a driver makes it."
        if given
        else f"The file has none of this name below its `{word}:`."
    )
    fix = f"Write `{word}: {{{handed.source}: {{external: true}}}}` at the file's end, or `without: [{word}]`."
    noted(Wrong(f"{handed.source} cannot be had", why=why, fix=fix))
    return None


def _handed(handed: Handed) -> dict[str, object]:
    """Where it stands, and whose it is."""
    mode = READABLE if handed.mode is None else handed.mode
    target = handed.target or handed.source
    return {"target": target, "uid": handed.uid or "0", "gid": handed.gid or "0", "mode": mode}
