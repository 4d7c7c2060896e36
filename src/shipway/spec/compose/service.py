"""A service of a Compose or stack file, as values. Keys that are not here are in `keeping.py`, with a reason."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shipway.spec.compose.fields import Bytes, Hosts, Named, Number, Seconds, Switch, Texts, Whole, Words
from shipway.spec.compose.mounts import EnvFiles, HandedOut, Mounts, Networks, Ports
from shipway.spec.fields import Section, Text


def _test(value: object) -> object:
    """A text is for a shell."""
    return ["CMD-SHELL", value] if isinstance(value, str) else value


class Healthcheck(Section):
    """In place of the image's own."""

    test: Annotated[tuple[str, ...], BeforeValidator(_test)] = ()
    """Begins with CMD, CMD-SHELL or NONE."""
    interval: Seconds | None = None
    timeout: Seconds | None = None
    retries: Whole | None = None
    start_period: Seconds | None = None
    start_interval: Seconds | None = None
    disable: Switch = False


class Reserved(Section):
    """Of the machine's, at least."""

    cpus: Number | None = None
    memory: Bytes | None = None


class Amounts(Reserved):
    """At most."""

    pids: Whole | None = None


class Resources(Section):
    """At most, and at least."""

    limits: Amounts = Amounts()
    reservations: Reserved = Reserved()


class Preference(Section):
    """What tasks are spread over."""

    spread: Text


class Placement(Section):
    """On which nodes of a swarm."""

    constraints: tuple[Text, ...] = ()
    preferences: tuple[Preference, ...] = ()
    max_replicas_per_node: Whole | None = None


class Updating(Section):
    """How a swarm replaces tasks."""

    parallelism: Whole | None = None
    delay: Seconds | None = None
    failure_action: Literal["continue", "pause", "rollback"] | None = None
    monitor: Seconds | None = None
    max_failure_ratio: Number | None = None
    order: Literal["stop-first", "start-first"] | None = None


class Restarting(Section):
    """When what ended is started again."""

    condition: Literal["none", "on-failure", "any"] = "any"
    delay: Seconds | None = None
    max_attempts: Whole | None = None
    window: Seconds | None = None


class Deploy(Section):
    """What a platform of several machines needs to know."""

    mode: Text = "replicated"
    replicas: Whole | None = None
    endpoint_mode: Text | None = None
    labels: Named = Field(default={})
    resources: Resources = Resources()
    placement: Placement = Placement()
    update_config: Updating | None = None
    rollback_config: Updating | None = None
    restart_policy: Restarting | None = None


class Logging(Section):
    """Who writes output down."""

    driver: Text | None = None
    options: Named = Field(default={})


class Bound(Section):
    """A limit of the kernel's."""

    soft: Whole
    hard: Whole


def _bounds(value: object) -> object:
    """One number is both."""
    if not isinstance(value, dict):
        return value
    return {name: {"soft": one, "hard": one} if isinstance(one, str) else one for name, one in value.items()}


class Service(Section):
    """Times in seconds, sizes in bytes. What is none or empty is the image's or the engine's own."""

    image: Text | None = None
    command: Words = ()
    entrypoint: Words = ()
    environment: Named = Field(default={})
    env_file: EnvFiles = ()
    user: Text | None = None
    working_dir: Text | None = None
    labels: Named = Field(default={})
    healthcheck: Healthcheck | None = None
    stop_grace_period: Seconds | None = None
    stop_signal: Text | None = None
    init: Switch = False
    read_only: Switch = False
    networks: Networks = Field(default={})
    ports: Ports = ()
    expose: tuple[Text, ...] = ()
    volumes: Mounts = ()
    tmpfs: Texts = ()
    secrets: HandedOut = ()
    configs: HandedOut = ()
    deploy: Deploy = Deploy()
    scale: Whole | None = None
    restart: Text | None = None
    pull_policy: Text | None = None
    mem_limit: Bytes | None = None
    mem_reservation: Bytes | None = None
    memswap_limit: Bytes | None = None
    cpus: Number | None = None
    cpu_shares: Whole | None = None
    cpuset: Text | None = None
    pids_limit: Whole | None = None
    shm_size: Bytes | None = None
    ulimits: Annotated[dict[str, Bound], BeforeValidator(_bounds)] = Field(default={})
    cap_add: tuple[Text, ...] = ()
    cap_drop: tuple[Text, ...] = ()
    devices: tuple[Text, ...] = ()
    dns: Texts = ()
    dns_opt: tuple[Text, ...] = ()
    dns_search: Texts = ()
    domainname: Text | None = None
    extra_hosts: Hosts = Field(default={})
    group_add: tuple[Text, ...] = ()
    hostname: Text | None = None
    ipc: Text | None = None
    logging: Logging | None = None
    oom_kill_disable: Switch = False
    oom_score_adj: Whole | None = None
    pid: Text | None = None
    privileged: Switch = False
    runtime: Text | None = None
    security_opt: tuple[Text, ...] = ()
    stdin_open: Switch = False
    sysctls: Named = Field(default={})
    tty: Switch = False
    userns_mode: Text | None = None
