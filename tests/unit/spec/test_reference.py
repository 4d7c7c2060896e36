"""`reference.yaml` is documentation and fixture at once: complete, true and loadable."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest

from shipway.spec import reference
from shipway.spec.complaints import section_of
from shipway.spec.fields import Section
from shipway.spec.load import Loaded, parse_release
from shipway.spec.release import ReleaseFile

ROOT = Path(__file__).parents[3]
FREE = {
    ("platform", "process", "env"),
    ("platform", "docker", "env"),
    ("platform", "docker", "labels"),
    ("platform", "swarm", "env"),
    ("platform", "swarm", "labels"),
    ("platform", "swarm", "configs"),
    ("platform", "docker", "variables"),
    ("platform", "swarm", "variables"),
    ("platform", "docker", "secret_files"),
    ("canary", "users", "header"),
    ("canary", "users", "cookie"),
    ("canary", "users", "claim"),
    ("metrics", "prometheus", "headers"),
    ("metrics", "datadog", "latency"),
    ("metrics", "http", "latency"),
    ("metrics", "http", "headers"),
}
"""Mappings whose keys are the user's own."""
NAMED = {
    ("guard", "metrics"): "payments_declined",
    ("flags", "ramps"): "new-checkout",
    ("schema", "changes"): "email_address",
}
"""Mappings of sections whose names are the user's own, and the name in the sample."""


def fields(
    model: type[Section] = ReleaseFile, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        yield here, field
        if section := section_of(field.annotation):
            yield from fields(section, (*here, NAMED[here]) if get_origin(field.annotation) is dict else here)


PODS = "service: a\nplatform: {kubernetes: {image: x, manifests: [k8s]}}\n"
TASKS = "service: a\nplatform: {swarm: {image: x, update: {}}}\n"
COUNTED = "metrics: {prometheus: {url: 'http://a', requests: 'x{v=\"{version}\"}'}}\n"
FIELDS = dict(fields())
OF_CRON = {path for path in FIELDS if path[0] == "schedule"} | {("canary", "jobs"), ("guard", "failed_jobs")}
ENTRIES = reference.entries()


def loaded(text: str) -> Loaded:
    return parse_release(text, path=Path("reference.yaml"))


def value_at(path: tuple[str, ...], text: str) -> object:
    found: Any = loaded(text).file
    for part in path:
        found = (
            found[part]
            if isinstance(found, dict)
            else getattr(found, "schema_" if part == "schema" else part.replace("-", "_"))
        )
    return found


def file_with(path: tuple[str, ...], value: str) -> str:
    """A least file that also says this."""
    head = "service: a\n"
    process = 'command: "x {port}"'
    if path[1:3] in (("docker", "heartbeat"), ("swarm", "heartbeat")):
        return f"{head}kind: worker\nplatform: {{{path[1]}: {{image: x, heartbeat: {{{path[-1]}: {value}}}}}}}\n"
    if path[2:3] == ("heartbeat",):
        return f"{head}kind: worker\nplatform: {{process: {{command: x, heartbeat: {{{path[-1]}: {value}}}}}}}\n"
    if path in OF_CRON:
        schedule = {} if path == ("schedule", "every") else {"every": "1m"}
        schedule = {"cron": "* * * * *"} if path == ("schedule", "timezone") else schedule
        nested = f"{path[-1]}: {value}"
        for part in reversed(path[1:-1]):
            nested = f"{part}: {{{nested}}}"
        least = ", ".join(f'{key}: "{said}"' for key, said in schedule.items())
        of = f"schedule: {{{least}, {nested}}}" if path[0] == "schedule" else f"schedule: {{{least}}}"
        more = "" if path[0] == "schedule" else f"{path[0]}: {{{nested}}}\n"
        return f"{head}kind: cron\nplatform: {{process: {{command: x}}}}\n{of}\n{more}"
    if path[:2] in (("platform", "docker"), ("platform", "swarm")):
        nested = f"{path[-1]}: {value}" if len(path) == 3 else f"{path[2]}: {{{path[-1]}: {value}}}"
        other = "compose: c.yaml" if path[1] == "docker" else "stack: s.yaml"
        nested += f", {other}" if path[-1] in ("variables", "without") else ""
        return f"{head}platform: {{{path[1]}: {{image: x, {nested}}}}}\n"
    if path[:2] == ("platform", "kubernetes"):
        nested = f"{path[-1]}: {value}" if len(path) == 3 else f"{path[2]}: {{{path[-1]}: {value}}}"
        return f"{head}platform: {{kubernetes: {{image: x, manifests: [k8s], {nested}}}}}\n"
    if path[:2] in (("traffic", "istio"), ("traffic", "gateway_api")):
        objects = "virtual_service: a, destination_rule: a" if path[1] == "istio" else "route: a"
        least = f"{objects}, url: 'http://a', {path[2]}: {value}"
        return f"{PODS}{COUNTED}traffic: {{{path[1]}: {{{least}}}}}\n"
    if path[:2] == ("traffic", "routing_mesh"):
        return f"{TASKS}{COUNTED}traffic: {{routing_mesh: {{{path[2]}: {value}}}}}\n"
    if path[:2] == ("platform", "process"):
        return f"{head}platform: {{process: {{{process}, {path[2]}: {value}}}}}\n"
    beside = [
        f"{other[-1]}: {json.dumps(entry.sample)}"
        for other, entry in ENTRIES.items()
        if len(path) > 1 and other[:-1] == path[:-1] and entry.required
    ]
    nested = ", ".join([f"{path[-1]}: {value}", *beside])
    if path[:-2] == ("guard", "metrics"):
        nested = f"resource: restarts, worse_by: 1%, {nested}"
    if path[:-1] == ("canary", "users", "segment"):
        nested = f"{nested}, header: x"
    for part in reversed(path[:-1]):
        nested = f"{part}: {{{nested}}}"
        nested = f"database: env:X, {nested}" if part == "changes" else nested
    return f"{head}platform: {{process: {{{process}}}}}\n{nested}\n"


def test_the_reference_loads() -> None:
    assert loaded(reference.text()).file.service == "checkout"


@pytest.mark.parametrize("name", reference.PROXIES)
def test_the_sample_of_each_proxy_loads(name: str) -> None:
    head = 'service: a\nplatform: {process: {command: "x {port}"}}\n'
    file = loaded(head + reference.alternative(name)).file
    assert file.traffic.name == Path(name).stem.partition("_")[0]


@pytest.mark.parametrize("name", reference.OF_PODS)
def test_the_sample_of_each_way_in_to_pods_loads(name: str) -> None:
    file = loaded(PODS + COUNTED + reference.alternative(name)).file
    assert file.traffic.name == Path(name).stem


@pytest.mark.parametrize("name", reference.OF_SWARM)
def test_the_sample_of_a_swarms_own_way_in_loads(name: str) -> None:
    assert loaded(TASKS + COUNTED + reference.alternative(name)).file.traffic.name == Path(name).stem


@pytest.mark.parametrize("name", reference.ALTERNATIVES)
def test_every_alternative_loads(name: str) -> None:
    head = "service: a\nplatform: {process: {command: 'x {port}'}}\n"
    assert loaded(head + reference.alternative(name)).file.metrics is not None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (reference.WORKER, "worker"),
        (reference.CRON, "cron"),
        (reference.DOCKER, "http"),
        (reference.SWARM, "http"),
        (reference.DOCKER_WORKER, "worker"),
        (reference.SWARM_WORKER, "worker"),
    ],
)
def test_files_of_other_kinds_load(name: str, kind: str) -> None:
    assert loaded(reference.alternative(name)).file.kind == kind


def test_every_key_is_in_the_reference() -> None:
    assert not set(FIELDS) - set(ENTRIES)


def test_the_reference_has_no_key_that_nothing_reads() -> None:
    assert not {path for path in ENTRIES if path not in FIELDS and path[:-1] not in FREE | set(NAMED)}


@pytest.mark.parametrize("path", FIELDS, ids=".".join)
def test_every_key_says_what_it_means(path: tuple[str, ...]) -> None:
    assert ENTRIES[path].meaning.endswith(".")


@pytest.mark.parametrize("path", [path for path in FIELDS if ENTRIES[path].default], ids=".".join)
def test_the_default_that_is_stated_is_the_default_that_holds(path: tuple[str, ...]) -> None:
    default = ENTRIES[path].default
    assert default is not None
    assert value_at(path, file_with(path, default)) == FIELDS[path].get_default(call_default_factory=True)


@pytest.mark.parametrize("path", FIELDS, ids=".".join)
def test_what_is_said_to_be_required_or_unset_is_so(path: tuple[str, ...]) -> None:
    entry, field = ENTRIES[path], FIELDS[path]
    assert entry.required == field.is_required()
    if not entry.required and not entry.default and section_of(field.annotation) is None:
        assert field.get_default() is None


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "release-file.md").read_text(encoding="utf-8")
    assert page == reference.page(), "write it again with: python -m shipway.spec.reference"


def test_comments_fit_on_ninety_columns() -> None:
    for line in "\n".join(
        [
            reference.text(),
            *map(reference.alternative, (*reference.WHOLE, *reference.OF_PODS, *reference.ALTERNATIVES)),
            *map(reference.alternative, reference.OF_SWARM),
        ]
    ).splitlines():
        assert len(line) <= 90 or not line.strip().startswith("#"), line
