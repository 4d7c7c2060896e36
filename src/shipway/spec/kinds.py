"""What each `kind:` needs of the release file, and what makes no sense with it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shipway.spec.problems import Wrong
from shipway.spec.traffic import gateway_api, haproxy, istio, nginx, routing_mesh, service

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

WARM_UP_SECONDS = 60.0
"""What `warm_up_within` is when it is not said."""


def fitting(file: "ReleaseFile") -> None:
    """Raises `Wrong` for the first part that does not fit the kind."""
    against = {"http": _against_http, "worker": _against_workers, "cron": _against_cron}
    containers = (*_against_containers(file), *_against_common(file))
    ways = (haproxy, nginx, routing_mesh, service, gateway_api, istio)
    proxies = tuple(way.against(file) for way in ways)
    parts = (containers, *proxies, against[file.kind](file), _against_schedules(file))
    found = tuple(wrong for part in parts for wrong in part)
    for wrong in found if file.kind == "http" else (*found, *_against_requests(file)):
        raise wrong


def _against_containers(file: "ReleaseFile") -> Iterator[Wrong]:
    contained, name = file.platform.docker or file.platform.swarm, file.platform.name
    if (contained and file.kind == "cron") or (name == "kubernetes" and file.kind != "http"):
        yield Wrong(
            f"containers are not a {'worker' if file.kind == 'worker' else 'job'}'s platform yet",
            why="Nothing starts them at instants, and nothing sees a worker's heartbeats in pods.",
            fix="Write `platform: {process: …}` for it.",
            at=("platform", name),
        )
    if contained and contained.heartbeat and file.kind != "worker":
        yield Wrong(
            "replicas that get requests have no heartbeat",
            why="They are asked over HTTP, by `health.ready` and `health.alive`.",
            fix="Remove it, or write `kind: worker`.",
            at=("platform", name, "heartbeat"),
        )
    if file.platform.kubernetes and file.warm_up:
        yield Wrong(
            "pods are not warmed up",
            why="The cluster itself says when a pod takes requests, by its readiness probe.",
            fix="Remove it; let the readiness probe fail until the application is warm.",
            at=("warm_up",),
        )


def _against_common(file: "ReleaseFile") -> Iterator[Wrong]:
    """What a service of the Swarm that has all replicas cannot tell apart."""
    options = file.platform.swarm
    if options and options.update and any("{replica}" in word for word in (*options.command, *options.entrypoint)):
        yield Wrong(
            "a command that names its replica cannot be updated by the Swarm",
            why="All tasks of its service have the same command; a Swarm fills names in only in `env`.",
            fix="Read SHIPWAY_REPLICA in the container, or remove `update`.",
            at=("platform", "swarm", "command"),
        )


def _against_http(file: "ReleaseFile") -> Iterator[Wrong]:
    options = file.platform.process
    if options is None:
        return
    if not any("{port}" in text for text in (options.command, *options.env.values())):
        yield Wrong(
            "the command never says {port}",
            why="Every replica gets a port of its own; without it all would take the same one.",
            fix='Add {port} to the command, or to env: `PORT: "{port}"`.',
            at=("platform", "process", "command"),
        )
    if options.heartbeat is not None:
        yield Wrong(
            "replicas that get requests have no heartbeat",
            why="They are asked over HTTP, by `health.ready` and `health.alive`.",
            fix="Remove it, or write `kind: worker`.",
            at=("platform", "process", "heartbeat"),
        )
    yield from _against_copies(file)
    yield from _against_warming(file)
    if file.canary.users.need_tokens and not (file.traffic.envoy and file.traffic.envoy.tokens):
        yield Wrong(
            "claims need tokens",
            why="A claim counts only in a token that was verified, and no issuer is known.",
            fix="Add `tokens: {issuer: https://…, jwks: keys/jwks.json}` below `traffic.envoy`.",
            at=("canary", "users", "claim"),
        )


def _against_warming(file: "ReleaseFile") -> Iterator[Wrong]:
    options = file.platform.process
    if options and options.protocol == "grpc" and file.warm_up:
        yield Wrong(
            "gRPC replicas are not warmed up",
            why="These are plain HTTP requests, which a gRPC server does not answer.",
            fix="Remove it; let the server say in grpc.health.v1 that it serves once it is warm.",
            at=("warm_up",),
        )
    if file.warm_up_within != WARM_UP_SECONDS and not file.warm_up:
        yield Wrong(
            "warm_up_within without warm_up",
            why="It is the time for requests that warm a replica up, and there are none.",
            fix="Add `warm_up: [GET /warm]`, or remove it.",
            at=("warm_up_within",),
        )


def _against_copies(file: "ReleaseFile") -> Iterator[Wrong]:
    options, envoy = file.platform.process, file.traffic.envoy
    if options and options.protocol == "grpc" and envoy and envoy.mirror is not None:
        yield Wrong(
            "gRPC calls cannot be mirrored",
            why="All are POST, so none is known to be safe to repeat, and Envoy does not tell how copies ended.",
            fix="Remove `mirror`; `canary.users` lets chosen users try the new version first.",
            at=("traffic", "envoy", "mirror"),
        )


def _against_workers(file: "ReleaseFile") -> Iterator[Wrong]:
    written = file.model_fields_set
    if "traffic" in written:
        yield Wrong(
            "a worker has no traffic",
            why="Its replicas fetch jobs themselves, and no request is sent to them.",
            fix="Remove `traffic`, or write `kind: http`.",
            at=("traffic",),
        )
    if {"ready", "alive"} & file.health.model_fields_set:
        yield Wrong(
            "a worker is not asked over HTTP",
            why="It shows that it works by its heartbeat, and is ready and alive by it.",
            fix=f"Write `platform: {{{file.platform.name}: {{heartbeat: {{within: 30s}}}}}}` instead.",
            at=("health", *sorted({"ready", "alive"} & file.health.model_fields_set)[-1:]),
        )
    if "drain" in written:
        yield Wrong(
            "no request is waited for",
            why="A worker that is told to stop finishes the job in hand; `stop_grace` is how long it may take.",
            fix=f"Write `platform: {{{file.platform.name}: {{stop_grace: 30s}}}}` instead.",
            at=("drain",),
        )
    if file.smoke and "{url}" in file.smoke:
        yield Wrong(
            "a worker has no address",
            why="No request is sent to it, so there is no {url} to try.",
            fix="Let the command look at what the new version's jobs did, or remove {url}.",
            at=("smoke",),
        )
    yield from _against_users(file)


def _against_users(file: "ReleaseFile") -> Iterator[Wrong]:
    for key in ("users", "users_first", "sticky"):
        if key in file.canary.model_fields_set:
            yield Wrong(
                "jobs have no users to tell apart",
                why="Whichever worker is free takes the next job: a share is a share of replicas.",
                fix=f"Remove `canary.{key}`; `canary.stages` says how many replicas are new.",
                at=("canary", key),
            )


def _against_schedules(file: "ReleaseFile") -> Iterator[Wrong]:
    """What only scheduled jobs have."""
    if file.kind == "cron":
        return
    found: list[tuple[str, ...]] = [("schedule",)] if file.schedule is not None else []
    found += [("canary", "jobs")] if "jobs" in file.canary.model_fields_set else []
    found += [("guard", "failed_jobs")] if "failed_jobs" in file.guard.model_fields_set else []
    for at in found:
        yield Wrong(
            "only scheduled jobs have this",
            why=f"Nothing of a service of kind {file.kind} is started at instants.",
            fix="Remove it, or write `kind: cron`.",
            at=at,
        )


def _against_cron(file: "ReleaseFile") -> Iterator[Wrong]:
    if file.schedule is None:
        yield Wrong(
            "nothing says when jobs are started",
            why="With `kind: cron` the command is started at each instant of a schedule.",
            fix='Write `schedule: {cron: "30 2 * * *"}`, or `schedule: {every: 10m}`.',
            at=("kind",),
        )
    yield from _against_replicas(file)
    yield from _against_shares(file)
    if file.flags.ramps:
        yield Wrong(
            "jobs are not shown features",
            why="A ramp compares users, and a scheduled job has none.",
            fix="Remove `flags.ramps`; the job may ask its flags all the same.",
            at=("flags", "ramps"),
        )
    limits = file.platform.process.limits if file.platform.process else None
    if limits and limits.memory is not None:
        yield Wrong(
            "nobody would look at a job's memory",
            why="A replica above its limit is started again; a job that is started again would run twice.",
            fix="Remove it; `ulimit -v` in a script of your own sets a limit that the system keeps.",
            at=("platform", "process", "limits", "memory"),
        )
    if file.smoke and "{url}" in file.smoke:
        yield Wrong(
            "a job has no address",
            why="No request is sent to it, so there is no {url} to try.",
            fix="Let the command try the new version without effects, or remove {url}.",
            at=("smoke",),
        )


def _against_replicas(file: "ReleaseFile") -> Iterator[Wrong]:
    """What belongs to a process that runs all the time."""
    written: list[tuple[str, ...]] = [
        (key,) for key in ("traffic", "drain", "metrics", "warm_up") if key in file.model_fields_set
    ]
    written += [("health", key) for key in sorted(file.health.model_fields_set)]
    options = file.platform.process
    wrong = {"replicas", "heartbeat", "ports", "protocol", "error_lines"}
    if options is not None:
        written += [("platform", "process", key) for key in sorted(wrong & options.model_fields_set)]
        if "{port}" in options.command:
            written.append(("platform", "process", "command"))
    for at in written:
        yield Wrong(
            "a job gets no port" if at[-1] == "command" else "a job runs once, and ends",
            why="It is started at its instant, and judged by its exit code and its time.",
            fix="Remove {port}." if at[-1] == "command" else "Remove it.",
            at=at,
        )


def _against_requests(file: "ReleaseFile") -> Iterator[Wrong]:
    """What needs requests, or users to tell apart."""
    if file.warm_up:
        yield Wrong(
            "jobs are not warmed up",
            why="What runs them is not asked over HTTP, so no request could do it.",
            fix="Remove it; let a worker warm up before its first beat.",
            at=("warm_up",),
        )
    if file.strategy == "experiment":
        yield Wrong(
            "jobs have no users to tell apart",
            why="An experiment gives each version users of its own; jobs go to whoever is free.",
            fix="Write `strategy: canary`, or try the idea behind a feature flag.",
            at=("strategy",),
        )


def _against_shares(file: "ReleaseFile") -> Iterator[Wrong]:
    if file.strategy == "blue-green":
        yield Wrong(
            "two versions of a job are never up side by side",
            why="Each instant has one job, and it is of one version.",
            fix="Write `strategy: canary`, with `canary: {jobs: 3}`, or `strategy: rolling`.",
            at=("strategy",),
        )
    for key in ("stages", "bake", "users", "users_first", "sticky"):
        if key in file.canary.model_fields_set:
            yield Wrong(
                "a job is of one version as a whole",
                why="There are no users and no shares: so many jobs in a row try the new version.",
                fix=f"Remove `canary.{key}`, and write `canary: {{jobs: 3}}`.",
                at=("canary", key),
            )
    for key in ("success_rate", "latency_p99", "metrics", "no_data", "promote", "minimum_stay"):
        if key in file.guard.model_fields_set:
            yield Wrong(
                "jobs are judged one by one",
                why="A few of them have no rates: each one that fails counts, and how long each takes.",
                fix=f"Remove `guard.{key}`; `guard: {{failed_jobs: 2}}` forgives one.",
                at=("guard", key),
            )
