"""What `reference.yaml` says about each key. Descriptions, `shipway init` and the documentation page all read it.

Its form: a comment directly above each key, which ends with `Default: …`, `Required.` or `Unset by default.`
where the key takes a value of its own. A key in a comment is an alternative to its sibling above.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KEY = re.compile(r"^(?P<indent> *(?:- )?)(?P<off># )?(?P<key>[A-Za-z][A-Za-z0-9_-]*):(?: (?P<value>.+))?$")
END = re.compile(r"\s*(?:Default: (?P<default>.+)|(?P<required>Required)\.|Unset by default\.)$")
INDENT = 2
ALTERNATIVES = ("metrics/datadog.yaml", "metrics/cloudwatch.yaml", "metrics/http.yaml")
"""Samples of what cannot stand beside the choice that the main sample makes."""

PROXIES = ("traffic/haproxy.yaml", "traffic/haproxy_existing.yaml", "traffic/nginx.yaml")
"""Samples of data planes beside the one of the main sample."""
OF_PODS = ("traffic/service.yaml", "traffic/gateway_api.yaml", "traffic/istio.yaml")
"""Samples of ways in that are part of a Kubernetes cluster."""
OF_SWARM = ("traffic/routing_mesh.yaml",)
"""The same of a Docker Swarm."""

WORKER = "worker.yaml"
CRON = "cron.yaml"
DOCKER = "docker.yaml"
DOCKER_WORKER = "docker_worker.yaml"
SWARM = "swarm.yaml"
SWARM_WORKER = "swarm_worker.yaml"
KUBERNETES = "kubernetes.yaml"
"""Whole release files of other kinds and platforms, for keys that only they have."""

WHOLE = (DOCKER, DOCKER_WORKER, SWARM, SWARM_WORKER, KUBERNETES, WORKER, CRON)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One key."""

    path: tuple[str, ...]
    meaning: str
    sample: str | None
    """What stands after the colon; none for a key with keys below it."""
    default: str | None
    required: bool

    @property
    def name(self) -> str:
        """`canary.stages`."""
        return ".".join(self.path)


def text() -> str:
    """The commented sample of every key."""
    return files("shipway.spec").joinpath("reference.yaml").read_text(encoding="utf-8")


def alternative(name: str) -> str:
    """Another commented sample, for keys below one choice."""
    return files("shipway.spec").joinpath(name).read_text(encoding="utf-8")


@cache
def entries() -> dict[tuple[str, ...], Entry]:
    """By path, in the order of the sample."""
    found = entries_of(text())
    order = [*dict.fromkeys(path[0] for path in found), "schedule"]
    for name in (*WHOLE, *PROXIES, *OF_SWARM, *OF_PODS, *ALTERNATIVES):
        found = {
            **found,
            **{path: entry for path, entry in entries_of(alternative(name)).items() if path not in found},
        }
    return dict(sorted(found.items(), key=lambda item: order.index(item[0][0])))


def entries_of(sample: str) -> dict[tuple[str, ...], Entry]:
    """The keys of any sample of this form; those of a list's items stand below the list."""
    return {entry.path: entry for entry in _parse(sample)}


def _preamble(sample: str) -> str:
    """What the sample says before its first key, without comment signs."""
    return "\n".join(line.removeprefix("#").strip() for line in sample.split("\n\n", 1)[0].splitlines())


def _parse(sample: str) -> Iterator[Entry]:
    above: list[str] = []
    path: tuple[str, ...] = ()
    for line in sample.splitlines():
        found = KEY.match(line)
        if found and (not found["off"] or _is_alternative(found)):
            path = (*path[: len(found["indent"]) // INDENT], found["key"])
            yield _entry(path, " ".join(above), found["value"])
            above = []
        elif line.strip().startswith("#"):
            above.append(line.strip().removeprefix("#").strip())
        else:
            above = []


def _is_alternative(found: re.Match[str]) -> bool:
    """`# header: x-user-id`, not a sentence with a colon."""
    return found["key"].islower() and bool(found["value"]) and " " not in found["value"]


def _entry(path: tuple[str, ...], comment: str, sample: str | None) -> Entry:
    end = END.search(comment)
    return Entry(
        path=path,
        meaning=comment[: end.start()] if end else comment,
        sample=sample,
        default=end["default"] if end else None,
        required=bool(end and end["required"]),
    )


def page() -> str:
    """`docs/reference/release-file.md`."""
    common = entries_of(text())
    others = (
        entry
        for name in (*PROXIES, *WHOLE, *OF_SWARM, *OF_PODS)
        for entry in entries_of(alternative(name)).values()
        if entry.path not in common
    )
    return "\n".join(
        [page_of(text(), title="The release file"), *(part for one in others for part in _section(one))]
    )


def page_of(sample: str, *, title: str) -> str:
    """The page of any sample of this form."""
    parts = [f"# {title}\n", f"{_preamble(sample)}\n", "```yaml", *_bare(sample), "```\n"]
    keys = entries_of(sample).values()
    return "\n".join([*parts, *(part for entry in keys for part in _section(entry))]).rstrip() + "\n"


def _bare(sample: str) -> Iterator[str]:
    """The sample without its comments."""
    return (line for line in sample.splitlines() if line.strip() and not line.strip().startswith("#"))


def _section(entry: Entry) -> Iterator[str]:
    yield f"{'#' * (len(entry.path) + 1)} `{entry.name}`\n"
    yield f"{entry.meaning}\n"
    facts = [f"default `{entry.default}`"] if entry.default else []
    facts += ["required"] if entry.required else []
    facts += [f"for example `{entry.sample}`"] if entry.sample and entry.sample != entry.default else []
    if facts:
        said = ", ".join(facts)
        yield f"{said[0].upper()}{said[1:]}.\n"


if __name__ == "__main__":
    print(page(), end="")
