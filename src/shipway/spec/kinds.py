"""What each `kind:` needs of the release file, and what makes no sense with it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shipway.spec.problems import Wrong

if TYPE_CHECKING:
    from shipway.spec.release import ReleaseFile

WARM_UP_SECONDS = 60.0
"""What `warm_up_within` is when it is not said."""


def fitting(file: "ReleaseFile") -> None:
    """Raises `Wrong` for the first part that does not fit the kind."""
    found = _against_http(file) if file.kind == "http" else _against_workers(file)
    for wrong in found:
        raise wrong


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
            fix="Write `platform: {process: {heartbeat: {within: 30s}}}` instead.",
            at=("health", *sorted({"ready", "alive"} & file.health.model_fields_set)[-1:]),
        )
    if file.warm_up:
        yield Wrong(
            "a worker is not asked over HTTP",
            why="There are no requests that could warm it up: it shows by its heartbeat that it is ready.",
            fix="Remove it; let the worker warm up before its first beat.",
            at=("warm_up",),
        )
    if "drain" in written:
        yield Wrong(
            "no request is waited for",
            why="A worker that is told to stop finishes the job in hand; `stop_grace` is how long it may take.",
            fix="Write `platform: {process: {stop_grace: 30s}}` instead.",
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
