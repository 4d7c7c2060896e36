"""What in Kubernetes manifests would lose requests, told as findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from shipway.cli.render import as_json, findings
from shipway.cli.render.findings import Finding
from shipway.cli.render.words import plural
from shipway.cli.shell.terminal import out
from shipway.errors import Exit
from shipway.manifests import hazard
from shipway.manifests.hazards import accepted, check
from shipway.manifests.reading import read
from shipway.manifests.setting import Setting
from shipway.spec.load import Loaded
from shipway.spec.platforms import updated_by

NAME = "manifest"


def found(loaded: Loaded) -> Iterator[Finding]:
    """Of those that a release file names, used as it says. Raises `BadManifest`."""
    options = loaded.file.platform.kubernetes
    assert options is not None, "asked for another platform"
    manifests = read(
        options.manifests, root=loaded.root, where=loaded.where("platform", "kubernetes", "manifests")
    )
    there = [one.name for one in manifests if one.kind == "Deployment"]
    is_by_nodes = updated_by(loaded.file.platform) == "DaemonSet"
    setting = Setting(
        manifests=tuple(manifests),
        workload=None
        if _ends_undrained(loaded)
        else options.deployment or (there[0] if len(there) == 1 else None),
        is_by_nodes=is_by_nodes,
        container=options.container,
        replicas=None if is_by_nodes else options.replicas,
        moved=frozenset(_services(loaded.file.traffic.options.model_dump())),
        request_seconds=loaded.file.drain,
        namespace=options.namespace,
    )
    yield from _told(setting)


def _ends_undrained(loaded: Loaded) -> bool:
    """Whether pods of the user's own workload get requests until they end, as by `kubectl apply`."""
    kind = updated_by(loaded.file.platform)
    return kind is not None and (kind != "Deployment" or loaded.file.traffic.service is not None)


def _services(options: Mapping[str, object]) -> Iterator[str]:
    """That a way in names."""
    yield from (str(options[key]) for key in ("name", "preview", "service") if options.get(key))


def checked_alone(names: Sequence[str], *, as_json_wanted: bool) -> int:
    """Print what is found in manifests as `kubectl apply` would use them. Raises `BadManifest`."""
    manifests = read(names, root=Path.cwd(), where="--manifests")
    told = list(_told(Setting(manifests=tuple(manifests))))
    screen = out()
    if as_json_wanted:
        screen.say(as_json.text([as_json.plain(one) for one in told]))
    else:
        closing = f"Nothing in {plural(len(manifests), 'manifest')} would lose a request."
        screen.all(findings.lines(told, screen.paint, closing=closing))
    return Exit.REFUSED if any(one.is_fine is False for one in told) else Exit.DONE


def _told(setting: Setting) -> Iterator[Finding]:
    of_all = check(setting)
    wanted = sorted({name for one in setting.manifests for name in accepted(one)})
    if not any(one.is_hazard for one in of_all):
        said = f"{plural(len(setting.manifests), 'manifest')} would lose no request"
        yield Finding(name=NAME, is_fine=True, said=f"{said}{_accepted(wanted)}")
    yield from map(_finding, of_all)


def _accepted(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"; accepted: {listed}" if listed else ""


def _finding(one: hazard.Finding) -> Finding:
    return Finding(
        name=NAME,
        is_fine=False if one.is_hazard else None,
        said=one.found.what,
        where=one.where,
        why=one.hazard.why,
        fix=one.found.fix,
        rule=one.hazard.name,
        rewrite=_written(one),
    )


class _Plain(yaml.SafeDumper):
    """Says twice what is twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _written(one: hazard.Finding) -> tuple[str, ...]:
    text: str = yaml.dump_all(one.found.rewrites, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=200)
    return tuple(text.splitlines())
