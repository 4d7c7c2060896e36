"""The release file as values. What each key means stands in `reference.yaml`; durations are seconds here."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from shipway.spec import units
from shipway.spec.auto import Auto
from shipway.spec.changes import Move, Schema
from shipway.spec.checklist import Checklist
from shipway.spec.fields import (
    CountPositive,
    DurationPositive,
    Fraction,
    FractionMin,
    Price,
    SecondsMax,
    Section,
    Text,
)
from shipway.spec.fields import Duration as Seconds
from shipway.spec.flags import Flags
from shipway.spec.hooks import Hooks
from shipway.spec.kinds import WARM_UP_SECONDS, fitting
from shipway.spec.measured import Metrics as Measured
from shipway.spec.metrics import Metrics
from shipway.spec.platforms import Platform
from shipway.spec.problems import Wrong
from shipway.spec.schedule import Schedule
from shipway.spec.strategies import BlueGreen, Canary, Experiment, Rolling
from shipway.spec.traffic import IN_CLUSTER, Traffic
from shipway.spec.traffic.envoy import Options as Envoy

SERVICE = r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
GRPC_SERVICE = r"^[A-Za-z0-9_.-]{1,127}$"
PATH = r"^/[^\s#]*$"
PREVIEWS = {"preview": "8081", "preview_url": "http://checkout-preview"}
"""Where only the new version answers: an example of each key."""
WARMING = r"^(?:(GET|HEAD|POST) )?(/[^\s#]*)$"


def _service(name: str) -> str:
    if re.fullmatch(SERVICE, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name a service",
        why="Names have 1 to 63 small letters, digits and hyphens, and begin with a letter.",
        fix="Write a name such as checkout or web-shop.",
    )


def _path(path: str) -> str:
    if re.fullmatch(PATH, path, re.ASCII):
        return path
    raise Wrong(
        f"{units.quoted(path)} is not a path",
        why="A path begins with / and has no spaces; the address is known already.",
        fix="Write a path such as /health/ready.",
    )


def _warming(request: object) -> str:
    found = re.fullmatch(WARMING, units.text_of(request), re.ASCII)
    if found:
        return f"{found[1] or 'GET'} {found[2]}"
    raise Wrong(
        f"{units.quoted(request)} is not a request",
        why="It is a method and a path; the address is known already. Methods are GET, HEAD and POST.",
        fix="Write one such as GET /warm.",
    )


def _pattern(pattern: str) -> str:
    if not pattern.startswith(("/", "~")) and ".." not in pattern.split("/"):
        return pattern
    raise Wrong(
        f"{units.quoted(pattern)} leads out of the folder",
        why="Files that belong to a version lie below the release file's folder.",
        fix="Move the files there, and write the pattern relative to it.",
    )


Name = Annotated[Text, AfterValidator(_service), WithJsonSchema({"type": "string", "pattern": SERVICE})]
HttpPath = Annotated[Text, AfterValidator(_path), WithJsonSchema({"type": "string", "pattern": PATH})]
Warming = Annotated[str, BeforeValidator(_warming), WithJsonSchema({"type": "string", "pattern": WARMING})]
Pattern = Annotated[Text, AfterValidator(_pattern)]


def _grpc_service(name: str) -> str:
    if re.fullmatch(GRPC_SERVICE, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name a gRPC service",
        why="Names have letters, digits, _, - and points, and at most 127 of them.",
        fix="Write one such as shop.Checkout, as the server gives it to grpc.health.v1.",
    )


GrpcService = Annotated[
    Text, AfterValidator(_grpc_service), WithJsonSchema({"type": "string", "pattern": GRPC_SERVICE})
]


class Ready(Section):
    """Whether a replica gets requests."""

    path: HttpPath = "/health/ready"
    service: GrpcService | None = None
    initial_delay: Seconds = 5.0
    period: DurationPositive = 5.0
    timeout: DurationPositive = 2.0
    failure_threshold: CountPositive = 3


class Alive(Section):
    """Whether a replica is started again."""

    path: HttpPath = "/health/alive"
    service: GrpcService | None = None
    initial_delay: Seconds = 15.0
    period: DurationPositive = 10.0
    timeout: DurationPositive = 2.0
    failure_threshold: CountPositive = 3


class Health(Section):
    """How replicas are asked how they are."""

    ready: Ready = Ready()
    alive: Alive = Alive()
    steady: Seconds = 3.0


def _below_one(value: float) -> float:
    if 0 < value < 1:
        return value
    raise Wrong(
        f"{value:.0%} promises nothing",
        why="It is the chance that a good version is taken back: more than 0%, less than 100%.",
        fix="Write 0.1%.",
    )


class Guard(Section):
    """When a version counts as harmful."""

    success_rate: FractionMin | None = None
    latency_p99: SecondsMax | None = None
    interval: DurationPositive = 1.0
    false_rollback: Annotated[Fraction, AfterValidator(_below_one)] = 0.001
    no_data: Literal["extend", "grow", "hold", "ask", "rollback", "go"] = "extend"
    promote: Literal["after-bake", "when-proven"] = "after-bake"
    minimum_stay: Seconds = 120.0
    failed_jobs: CountPositive = 1
    metrics: Measured = Field(default={})


class Rollback(Section):
    """What a take-back may cost."""

    window: Seconds = 3600.0
    within: DurationPositive = 300.0


class ReleaseFile(Section):
    """All of `shipway.yaml`."""

    service: Name = Field(examples=["checkout"])
    kind: Literal["http", "worker", "cron"] = "http"
    platform: Platform = Field(examples=['{process: {command: "./app --port {port}"}}'])
    schedule: Schedule | None = None
    health: Health = Health()
    warm_up: tuple[Warming, ...] = ()
    warm_up_within: DurationPositive = WARM_UP_SECONDS
    traffic: Traffic = Traffic(envoy=Envoy())
    metrics: Metrics | None = None
    strategy: Literal["rolling", "blue-green", "canary", "experiment", "auto"] = "rolling"
    auto: Auto = Auto()
    rolling: Rolling = Rolling()
    blue_green: BlueGreen = Field(default=BlueGreen(), alias="blue-green")
    canary: Canary = Canary()
    experiment: Experiment = Experiment()
    smoke: Text | None = None
    hooks: Hooks = Hooks()
    flags: Flags = Flags()
    schema_: Schema | None = Field(default=None, alias="schema")
    guard: Guard = Guard()
    rollback: Rollback = Rollback()
    deadline: DurationPositive = 600.0
    drain: Seconds = 30.0
    drift: Literal["hold", "revert", "adopt"] = "hold"
    files: tuple[Pattern, ...] = ()
    keep: CountPositive = 10
    price_per_replica_hour: Price | None = None
    checklist: Checklist = Checklist()

    @property
    def changes(self) -> dict[str, Move]:
        """Of the schema, by name."""
        return self.schema_.changes if self.schema_ else {}

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        fitting(self)
        return self

    @model_validator(mode="after")
    def _flags_lead_their_readers(self) -> Self:
        ramps = self.flags.ramps
        for name, move in self.changes.items():
            if move.flag is not None and not (move.flag in ramps and ramps[move.flag].to):
                raise Wrong(
                    f"{units.quoted(move.flag)} is not ramped here",
                    why="The switch comes behind the ramp of this flag, which leads readers to the new shape.",
                    fix=f"Add `{move.flag}: {{to: [5%, 50%, 100%]}}` below `flags.ramps`, or remove `flag`.",
                    at=("schema", "changes", name, "flag"),
                )
        return self

    @model_validator(mode="after")
    def _smoke_reaches_the_new_version(self) -> Self:
        key = "preview_url" if self.traffic.name in IN_CLUSTER else "preview"
        if self.smoke is None or "{url}" not in self.smoke or getattr(self.traffic.options, key, None):
            return self
        raise Wrong(
            "{url} needs a preview",
            why="Only on the preview address does nothing but the new version answer.",
            fix=self._way_to_a_preview(key),
            at=("smoke",),
        )

    def _way_to_a_preview(self, key: str) -> str:
        if getattr(self.traffic.options, "socket", None):
            return "Remove {url}: a backend of an HAProxy that runs already has no preview."
        if self.traffic.routing_mesh:
            return "Remove {url}, or write `traffic: {envoy: …}`: the routing mesh has no preview."
        return f"Add `{key}: {PREVIEWS[key]}` below `traffic.{self.traffic.name}`."
