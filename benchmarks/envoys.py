"""Envoy as our adapter configures it, and the same with one setting changed at a time."""

import json
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.serving import Server, free_port
from shipway.adapters.clock import WallClock
from shipway.adapters.supervisor import Program
from shipway.adapters.traffic.envoy import EnvoyOptions, EnvoyTraffic, program
from shipway.adapters.traffic.envoy.places import Home
from shipway.errors import Refused
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route, Sticky
from shipway.model.share import TOTAL, Share

STABLE, CANDIDATE = RevisionId("1.8.2-a1b2c3d4"), RevisionId("1.9.0-7f3a91c2")
HALF = Share(TOTAL // 2)
COOKIE = "shipway"
USER = f"Cookie: {COOKIE}=3f0c6a0e-5b1d-4b7e-9c55-0d6f2f1f8a11"
"""A user who was here before; most requests come from such."""
SERVICE = "checkout"

COUNTED = (
    *("upstream_rq_completed", "upstream_rq_5xx", "upstream_rq_active", "upstream_rq_pending_active"),
    *("upstream_rq_time", "version_text", "update_rejected", "update_failure"),
)
"""What the guard and the adapter read."""
Json = dict[str, Any]
"""Envoy's configuration, which has no types of ours."""


class Files(Struct):
    """One Envoy's configuration, to be edited."""

    bootstrap: Json
    http: Json
    """The listener's HTTP connection manager."""
    clusters: list[Json]
    routes: list[Json]


class Setting(Struct, frozen=True, kw_only=True):
    """One change, and what it takes from users or from the guard."""

    name: str
    change: Callable[[Files], None]
    without: str


class Started:
    """Takes the place of a supervisor: it starts what it is given, once."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.servers: list[Server] = []

    async def put(self, *programs: Program) -> None:
        """Start them here, as they would be started under a supervisor."""
        for one in programs:
            server = Server("Envoy", shlex.split(one.command), port=self.port, folder=self.folder)
            self.servers.append(server)

    async def remove(self, name: str) -> None:
        """Nothing is taken away while it is measured."""
        raise Refused(f"{name} was to be stopped in the middle of a measurement.")


async def ours(folder: Path, upstream: int) -> Server:
    """A canary at half of the traffic, with sticky users: what the adapter makes of it, and nothing else."""
    port = free_port()
    options = EnvoyOptions(listen=f"127.0.0.1:{port}", concurrency=1)
    started = Started(folder, port)
    traffic = EnvoyTraffic(options, service=SERVICE, home=folder, supervisor=started, clock=WallClock())
    shares = {STABLE: HALF, CANDIDATE: HALF}
    address = f"127.0.0.1:{upstream}"
    await traffic.publish([Endpoint(revision=each, address=address) for each in shares], generation=1)
    await traffic.route(Route(shares=shares, sticky=Sticky(kind="cookie", name=COOKIE)), generation=2)
    return started.servers[0]


def changed(setting: Setting, *, of: Path, folder: Path) -> Server:
    """A second Envoy with a copy of the first one's files, and one setting changed."""
    shutil.copytree(Home(of).directory, Home(folder).directory, ignore=shutil.ignore_patterns("*.sock", "*.log"))
    for path in Home(folder).directory.rglob("*.json"):
        path.write_text(path.read_text().replace(str(of), str(folder)))
    port = free_port()
    _edit(Home(folder), setting, port)
    command = program.program(Home(folder), EnvoyOptions(concurrency=1)).command
    return Server(setting.name.replace(" ", "-"), shlex.split(command), port=port, folder=folder)


def _edit(home: Home, setting: Setting, port: int) -> None:
    route = home.services / SERVICE / "rds.json"
    paths = (home.bootstrap, home.listeners, home.clusters, route)
    bootstrap, listeners, clusters, routes = (json.loads(path.read_text()) for path in paths)
    listener = listeners["resources"][0]
    listener["address"]["socket_address"]["port_value"] = port
    http = listener["filter_chains"][0]["filters"][0]["typed_config"]
    rules = routes["resources"][0]["virtual_hosts"][0]["routes"]
    setting.change(Files(bootstrap, http, clusters["resources"], rules))
    for path, content in zip(paths, (bootstrap, listeners, clusters, routes), strict=True):
        path.write_text(json.dumps(content))


def _one_revision(files: Files) -> None:
    for rule in files.routes:
        rule["route"]["cluster"] = rule["route"].pop("weighted_clusters")["clusters"][0]["name"]
        rule["route"].pop("hash_policy", None)


def _random_split(files: Files) -> None:
    for rule in files.routes:
        rule["route"].pop("hash_policy", None)
        rule["route"]["weighted_clusters"].pop("use_hash_policy", None)


def _no_revision_header(files: Files) -> None:
    for rule in files.routes:
        for weighted in rule["route"]["weighted_clusters"]["clusters"]:
            weighted.pop("response_headers_to_add", None)


def _no_retries(files: Files) -> None:
    for rule in files.routes:
        rule["route"].pop("retry_policy", None)


def _router(files: Files, **options: object) -> None:
    files.http["http_filters"][-1]["typed_config"].update(options)


def _without(*names: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for cluster in files.clusters:
            for name in names:
                cluster.pop(name, None)

    return change


def _all_clusters(options: Mapping[str, object]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for cluster in files.clusters:
            cluster.update(options)

    return change


def _http(options: Mapping[str, object]) -> Callable[[Files], None]:
    return lambda files: files.http.update(options)


def _nothing_counted(files: Files) -> None:
    files.bootstrap["stats_config"]["stats_matcher"] = {"reject_all": True}


def _only_ours_counted(files: Files) -> None:
    suffixes = [{"suffix": suffix} for suffix in COUNTED]
    files.bootstrap["stats_config"]["stats_matcher"] = {"inclusion_list": {"patterns": suffixes}}


def _bare(files: Files) -> None:
    """As little as a proxy can do."""
    _one_revision(files)
    _no_retries(files)
    _router(files, dynamic_stats=False)
    _nothing_counted(files)
    _without("health_checks", "outlier_detection", "circuit_breakers")(files)
    files.http.update(generate_request_id=False, use_remote_address=False, upgrade_configs=[])
    for rule in files.routes:
        rule.pop("response_headers_to_add", None)


SETTINGS = (
    Setting(name="one revision, no split", change=_one_revision, without="the canary; so it is between releases"),
    Setting(name="split by chance", change=_random_split, without="users who stay on their version"),
    Setting(name="no revision header", change=_no_revision_header, without="the answer's x-shipway-revision"),
    Setting(
        name="no request id",
        change=_http({"generate_request_id": False}),
        without="the id that places new users, and that applications log",
    ),
    Setting(
        name="no retries", change=_no_retries, without="another replica where the first never saw the request"
    ),
    Setting(
        name="no router statistics",
        change=lambda files: _router(files, dynamic_stats=False),
        without="error counts and latencies per revision: the guard",
    ),
    Setting(
        name="only what we read is counted",
        change=_only_ours_counted,
        without="what people look up in Envoy's own statistics",
    ),
    Setting(name="no statistics at all", change=_nothing_counted, without="the guard, and drained replicas"),
    Setting(
        name="standard buckets",
        change=lambda files: files.bootstrap["stats_config"].pop("histogram_bucket_settings"),
        without="quantiles to a factor of 1.25",
    ),
    Setting(
        name="flush every 5 s",
        change=lambda files: files.bootstrap.update(stats_flush_interval="5s"),
        without="latencies of the last second",
    ),
    Setting(
        name="no health checks",
        change=_without("health_checks"),
        without="hung replicas found without a controller",
    ),
    Setting(
        name="no outlier detection", change=_without("outlier_detection"), without="dead replicas found at once"
    ),
    Setting(
        name="standard limits", change=_without("circuit_breakers"), without="more than 1024 requests at once"
    ),
    Setting(
        name="round robin",
        change=_all_clusters({"lb_policy": "ROUND_ROBIN"}),
        without="slow replicas getting less",
    ),
    Setting(name="no websockets", change=_http({"upgrade_configs": []}), without="WebSockets"),
    Setting(
        name="forwarded address believed",
        change=_http({"use_remote_address": False}),
        without="an x-forwarded-for that users cannot make up",
    ),
    Setting(
        name="with x-envoy headers",
        change=lambda files: _router(files, suppress_envoy_headers=False),
        without="nothing: it adds headers that we leave out",
    ),
    Setting(name="all of these off", change=_bare, without="everything but forwarding"),
)
"""Each against our configuration, from what users feel most to what they feel least."""
