"""From the file to a revision: everything that changes behaviour, hashed together."""

import hashlib
import json
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.model.revision import Revision, RevisionId, SchemaRange
from shipway.model.schedule import Overlap, Schedule
from shipway.spec.fields import Section
from shipway.spec.load import Loaded
from shipway.spec.platforms.process import Heartbeat
from shipway.spec.problems import ConfigurationFiles, WrongVersion

VERSION = r"[A-Za-z0-9][A-Za-z0-9._+-]*"
VERSION_LENGTH_MAX = 64
HASH_FORMAT = 1
HASH_DIGITS = 8
FILES_MAX = 1000
FILE_BYTES_MAX = 16 * 2**20
ELSEWHERE = {"engine", "compose", "stack", "service", "variables", "without", "context", "kubeconfig"}
NOT_BEHAVIOUR = {"copy_secrets", "replicas", "error_lines", "pull", "update", *ELSEWHERE}
"""Platform options that say how much, what is watched, or where the others stand, but not what runs."""
LATER = {"env_from", "secret_files", "protocol", "heartbeat", "user", "group", "umask", "limits"}
"""Options that came after revisions were kept: unset they are left out, so that no hash of before changes."""


SECRETS = {"env_from", "env_files", "secret_files"}
"""Platform options that say where secrets are."""


class Contents(Struct, frozen=True, kw_only=True):
    """What is read for a revision beside its release file."""

    files: Mapping[str, bytes] = {}
    """Configuration files by path relative to the root."""
    secrets: str = ""
    """The keyed hash of the secrets; what they are is kept nowhere."""
    found: Mapping[str, object] = {}
    """What the platform was asked for: which image a tag meant, in place of what the file says."""


def revision_of(
    loaded: Loaded,
    version: str,
    *,
    root: Path,
    contents: Contents | None = None,
    kept: Path | None = None,
) -> Revision:
    """The revision that the file describes for a version.

    `contents` is what was read before; otherwise the configuration files are read now, and no secrets.
    Below `kept` they are or will be copied into a folder named by the revision's id, which is what `{files}`
    stands for; without it that is `root`, where they are.
    Strategy, guard and the number of replicas are not part of it. Raises `WrongVersion`, `ConfigurationFiles`.
    """
    check_version(version)
    contents = Contents(files=contents_of(loaded, root=root)) if contents is None else contents
    files = {path: hashlib.sha256(content).hexdigest() for path, content in contents.files.items()}
    platform = {
        **platform_of(loaded, version, root),
        **({"secrets": contents.secrets} if contents.secrets else {}),
        **contents.found,
    }
    health = probes_of(loaded) if loaded.file.kind == "http" else {}
    schedule, flags = schedule_of(loaded), tuple(sorted(loaded.file.flags.ramps))
    content: dict[str, object] = {"version": version, "platform": platform, "health": health, "files": files}
    if schedule is not None:
        content["schedule"] = _behaviour(schedule)
    if flags:
        content["flags"] = flags
    schema = ranges_of(loaded)
    if schema:
        content["schema"] = {name: [found.lowest, found.highest] for name, found in schema.items()}
    id = RevisionId(f"{version}-{_hash(content)}")
    return Revision(
        id=id,
        service=loaded.file.service,
        version=version,
        platform=_filled(
            _filled(platform, "{revision}", id), "{files}", str(kept / id if kept else root.absolute())
        ),
        health=health,
        files=files,
        schedule=schedule,
        flags=flags,
        schema=schema,
    )


def ranges_of(loaded: Loaded) -> dict[str, SchemaRange]:
    """The phases of each schema change on which the version's code runs."""
    return {
        name: SchemaRange(phase_of(move.needs), phase_of(move.stands))
        for name, move in sorted(loaded.file.changes.items())
    }


def phase_of(word: str) -> Phase:
    """`dual-writing` as the value that everyone speaks."""
    return Phase[word.upper().replace("-", "_")]


def schedule_of(loaded: Loaded) -> Schedule | None:
    """When its jobs are started, where they are scheduled."""
    written = loaded.file.schedule
    if written is None:
        return None
    return Schedule(
        cron=written.cron or "",
        every=written.every,
        timezone=written.timezone,
        overlap=Overlap(written.overlap),
        start_within=written.start_within,
        time_limit=written.time_limit,
        keep_ok=written.history.ok,
        keep_failed=written.history.failed,
        rerun=written.rerun,
    )


def _behaviour(schedule: Schedule) -> dict[str, object]:
    """How many ended jobs are kept changes nothing about those that run."""
    told: dict[str, object] = msgspec.to_builtins(schedule)
    return {key: value for key, value in told.items() if not key.startswith("keep_")}


def probes_of(loaded: Loaded) -> dict[str, dict[str, object]]:
    """The two probes as plain JSON, and what warms a replica up.

    A key that came later is left out where it is not written, so that no hash of before changes.
    """
    written = loaded.file.health.model_dump(mode="json", include={"ready", "alive"})
    probes: dict[str, dict[str, object]] = {
        name: {key: value for key, value in probe.items() if key != "service" or value is not None}
        for name, probe in written.items()
    }
    requests, within = list(loaded.file.warm_up), loaded.file.warm_up_within
    return {**probes, "warm_up": {"requests": requests, "within": within}} if requests else probes


def check_version(version: str) -> None:
    """Raises `WrongVersion` for a version that cannot be part of names, paths and commands."""
    if re.fullmatch(VERSION, version, re.ASCII) and len(version) <= VERSION_LENGTH_MAX:
        return
    long = len(version) > VERSION_LENGTH_MAX
    shown = version if len(version) <= 40 else version[:37] + "..."
    raise WrongVersion(
        f"`{shown}` cannot be a version",
        why=f"It has {len(version)} characters; {VERSION_LENGTH_MAX} are the most."
        if long
        else "It becomes part of names and paths: letters, digits and . _ + - only.",
        fix="Use a shorter name." if long else "Use a name such as 1.9.0, v2 or 2026-05-09.",
    )


def platform_of(loaded: Loaded, version: str, root: Path) -> dict[str, object]:
    """The platform's options as plain JSON, its folder made absolute and `{version}` filled in."""
    options: Section = loaded.file.platform.options
    unset = {name for name in LATER if getattr(options, name, None) in (None, (), {})}
    dumped: dict[str, object] = options.model_dump(mode="json", exclude=NOT_BEHAVIOUR | unset)
    if loaded.file.kind == "worker":
        dumped.setdefault("heartbeat", Heartbeat().model_dump(mode="json"))
    filled = _filled({**dumped, **loaded.further}, "{version}", version)
    if SECRETS & filled.keys():
        filled.setdefault("directory", ".")
    if isinstance(directory := filled.get("directory"), str):
        filled["directory"] = str((root.absolute() / directory).resolve())
    return filled


def _filled(options: Mapping[str, object], placeholder: str, text: str) -> dict[str, object]:
    return {name: _fill(value, placeholder, text) for name, value in options.items()}


def _fill(value: object, placeholder: str, text: str) -> object:
    match value:
        case str():
            return value.replace(placeholder, text)
        case dict():
            return _filled(value, placeholder, text)
        case list():
            return [_fill(part, placeholder, text) for part in value]
        case _:
            return value


def _hash(content: Mapping[str, object]) -> str:
    """The start of the SHA-256 of canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(
        {"format": HASH_FORMAT, **content}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:HASH_DIGITS]


def contents_of(loaded: Loaded, *, root: Path) -> dict[str, bytes]:
    """The configuration files by path relative to the root, read once. Raises `ConfigurationFiles`."""
    found: dict[str, bytes] = {}
    for index, pattern in enumerate(loaded.file.files):
        where = loaded.where("files", index)
        for path in _matches(root, pattern, where):
            name = path.relative_to(root).as_posix()
            if name not in found:
                found[name] = _content(path, where)
        if len(found) > FILES_MAX:
            raise _too_many(pattern, where)
    return dict(sorted(found.items()))


def _matches(root: Path, pattern: str, where: str) -> list[Path]:
    try:
        paths = list(islice((path for path in root.glob(pattern) if path.is_file()), FILES_MAX + 1))
    except (ValueError, NotImplementedError) as error:
        raise ConfigurationFiles(
            f"files: `{pattern}` is not a pattern", where=where, why=f"{error}.", fix="Write config/*.toml."
        ) from error
    if len(paths) > FILES_MAX:
        raise _too_many(pattern, where)
    if paths:
        return sorted(paths)
    raise ConfigurationFiles(
        f"files: `{pattern}` matches no file",
        where=where,
        why=f"Looked below {root}.",
        fix="Correct the pattern, or add the file; a folder's files are `folder/*`.",
    )


def _content(path: Path, where: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationFiles(
            f"{path} cannot be read", where=where, why=f"{error.strerror}.", fix="Make it readable."
        ) from error
    if len(content) > FILE_BYTES_MAX:
        raise ConfigurationFiles(
            f"{path} is too large for a configuration file",
            where=where,
            why=f"It has {len(content)} bytes; {FILE_BYTES_MAX} are the most.",
            fix="Ship it with the application instead.",
        )
    return content


def _too_many(pattern: str, where: str) -> ShipwayError:
    return ConfigurationFiles(
        f"files: up to `{pattern}` there are more than {FILES_MAX} files",
        where=where,
        why="Configuration is read and hashed whole with each deploy.",
        fix="Name fewer files.",
    )
