"""What a service of a stack file is in the words of `platform: swarm:`, and what is beyond them.

https://docs.docker.com/reference/compose-file/legacy-versions/ (stack files are version 3 and later)
"""

from collections.abc import Iterable, Iterator, Mapping

from shipway.spec.compose.for_swarm_files import Files, files_of
from shipway.spec.compose.for_swarm_spec import container_of, task_of
from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.project import DEFAULT, Network, Shared
from shipway.spec.compose.reading import Composed
from shipway.spec.compose.service import Service, Updating
from shipway.spec.compose.translation import (
    Asking,
    Noted,
    Translated,
    against,
    joined,
    keys_of,
    left_of,
    made_of,
    size,
    told,
)
from shipway.spec.problems import Wrong

STACK = "com.docker.stack.namespace"
NO_SUCH = "Services of a Swarm have no such setting; `docker stack deploy` leaves it out."
ENGINES = (
    "cpu_shares", "cpuset", "devices", "domainname", "ipc", "memswap_limit", "oom_kill_disable", "oom_score_adj",
    "pid", "privileged", "runtime", "security_opt", "shm_size", "userns_mode",
)  # fmt: skip
"""Keys that only an engine of one machine has."""
SECRET = "A Swarm shows variables to whoever may ask it, and such files mostly have secrets."
ALONE = "Each replica is a service of its own, so there is nothing to spread or to count."


def translated(composed: Composed, asking: Asking) -> Translated:
    """Everything that is wrong is in it."""
    noted, is_native = Noted(composed), asking.options.get("update") is not None
    for wrong in (*_against_guesses(composed), *_against(composed.service, is_native=is_native)):
        noted(wrong)
    for wrong in against(composed, asking.listens):
        noted(wrong)
    files = files_of(composed, noted)
    keys = told(_keys(composed, files))
    written = str(asking.options.get("replicas") or keys.get("replicas") or 1)
    replicas = int(written) if written.isdecimal() else 1  # what is no number is told with the other keys
    return Translated(
        keys={**keys, **({"update": _update(composed.service)} if is_native else {})},
        further=told(_further(composed, files)),
        left=(*composed.left, *_left(composed.service, is_native=is_native)),
        wrong=tuple(noted.wrong),
        beside=told({"rolling": _batches(composed.service.deploy.update_config, replicas)}),  # type: ignore[arg-type]
    )


def _keys(composed: Composed, files: Files) -> dict[str, object]:
    service = composed.service
    reserved = service.deploy.resources.reservations
    cpus = str(reserved.cpus) if reserved.cpus else None
    return {
        **keys_of(service),
        "networks": [name for name, _ in _joined(composed)],
        "volumes": list(files.volumes),
        "configs": dict(files.configs),
        "constraints": list(service.deploy.placement.constraints),
        "reserve": told({"memory": size(reserved.memory or service.mem_reservation), "cpus": cpus}),
    }


def _further(composed: Composed, files: Files) -> dict[str, object]:
    service = composed.service
    return {
        "service_labels": {name: text or "" for name, text in service.deploy.labels.items()},
        "container_spec": container_of(service, files),
        "task_template": task_of(service),
        "made_networks": {name: made for name, made in _joined(composed) if made},
        "volume_options": dict(files.volume_options),
        "handed_secrets": list(files.secrets),
        "handed_configs": list(files.kept_configs),
    }


def _joined(composed: Composed) -> Iterator[tuple[str, dict[str, object]]]:
    """A network that is missing is made as `docker stack deploy` would make it."""

    def made(name: str, network: Network) -> dict[str, object]:
        how = made_of(network, driver="overlay", labels={STACK: composed.project.name})
        return {**how, "scope": "swarm"}

    return joined(composed, made)


def _update(service: Service) -> dict[str, object]:
    """Of the Swarm's own update, which the release file wants."""
    how = service.deploy.update_config or Updating()
    return told({"order": how.order, "monitor": f"{how.monitor:g}s" if how.monitor else None})


def _batches(how: Updating | None, replicas: int) -> dict[str, object]:
    """So many replicas at once, and the time between, as a plan of batches."""
    if how is None:
        return {}
    at_once = replicas if how.parallelism == 0 else how.parallelism or None
    batches = -(-replicas // at_once) if at_once else None
    return told({"batches": batches, "pause": f"{how.delay:g}s" if how.delay else None})


def _against_guesses(composed: Composed) -> Iterator[Wrong]:
    """A stack is called as `docker stack deploy` was told, and so is all that it makes."""
    service, project = composed.service, composed.project
    mounted = [one for one in service.volumes if one.type == "volume"]
    kinds: tuple[tuple[str, Iterable[str], Mapping[str, Shared]], ...] = (
        ("networks", service.networks or (DEFAULT,), project.networks),
        ("volumes", (one.source for one in mounted if one.source), project.volumes),
        ("secrets", (one.source for one in service.secrets), project.secrets),
    )
    found = ((kind, name, known.get(name, Shared())) for kind, names, known in kinds for name in names)
    own = next(((kind, name) for kind, name, one in found if not (one.external or one.name)), None)
    if composed.is_named or own is None:
        return
    yield Wrong(
        "nothing says what the stack is called",
        why=f"`docker stack deploy` is told, and calls the {own[0][:-1]} `{own[1]}` after it.",
        fix="Write `variables: {COMPOSE_PROJECT_NAME: shop}` beside `stack:`, or `name: shop` at the file's top.",
        at=(own[0],) if own[0] in service.model_fields_set else (),
    )


def _against(service: Service, *, is_native: bool) -> Iterator[Wrong]:
    for key in ENGINES:
        if getattr(service, key):
            yield not_kept(key, NO_SUCH)
    if service.env_file:
        fix = "Write them below `environment:`, make secrets of them, or write `without: [env_file]`."
        yield not_kept("env_file", SECRET, fix=fix)
    yield from _against_deploy(service, is_native=is_native)


def _against_deploy(service: Service, *, is_native: bool) -> Iterator[Wrong]:
    deploy = service.deploy
    if deploy.mode != "replicated":
        yield not_kept(
            "deploy.mode", "Shipway says how many replicas there are; of a job or one on each node nobody does."
        )
    if deploy.endpoint_mode not in (None, "dnsrr"):
        yield not_kept("deploy.endpoint_mode", "A virtual address leads past the proxy, which divides and drains.")
    for key in ("preferences", "max_replicas_per_node"):
        if getattr(deploy.placement, key) and not is_native:
            yield not_kept(
                f"deploy.placement.{key}",
                ALONE,
                fix=f"Write `update: {{}}` beside `stack:`, or `without: [deploy.placement.{key}]`.",
            )
    for kind in ("update_config", "rollback_config"):
        how = getattr(deploy, kind)
        if how and how.failure_action == "continue":
            yield not_kept(
                f"deploy.{kind}.failure_action", "A release never goes on where replicas fail: it is taken back."
            )


def _left(service: Service, *, is_native: bool) -> Iterator[str]:
    how = service.deploy.update_config
    if how is not None:
        yield from _left_of(how, is_native=is_native)
    if service.deploy.rollback_config is not None:
        yield "deploy.rollback_config (a take-back is the same path with an earlier goal)"
    if any(port.published and port.mode != "host" for port in service.ports):
        yield "ports.published (what `traffic` names takes requests there)"
    yield from left_of(service)


def _left_of(how: Updating, *, is_native: bool) -> Iterator[str]:
    """What says how the Swarm updates."""
    if how.parallelism is not None or how.delay is not None:
        yield "deploy.update_config.parallelism, delay (`strategy: rolling` has them; others say themselves how)"
    if how.failure_action is not None or how.max_failure_ratio is not None:
        yield "deploy.update_config.failure_action (the guard takes back)"
    if not is_native and (how.order is not None or how.monitor is not None):
        yield "deploy.update_config.order, monitor (without `update:` a new replica is ready before one ends)"
