"""What a service of a Compose file is in the words of `platform: docker:`, and what is beyond them."""

from collections.abc import Iterator, Mapping

from shipway.spec.compose.for_docker_files import Files, files_of
from shipway.spec.compose.for_docker_host import create_of, healthcheck_of, host_of
from shipway.spec.compose.keeping import not_kept
from shipway.spec.compose.project import Network
from shipway.spec.compose.reading import Composed
from shipway.spec.compose.translation import (
    Asking,
    Noted,
    Translated,
    against,
    joined,
    keys_of,
    left_of,
    made_of,
    told,
)
from shipway.spec.problems import Wrong

SWARM = "a swarm's"
COMPOSE_LABEL = "com.docker.compose"


def translated(composed: Composed, asking: Asking) -> Translated:
    """Everything that is wrong is in it."""
    noted = Noted(composed)
    for wrong in _against(composed, asking.listens):
        noted(wrong)
    files = files_of(composed, noted)
    return Translated(
        keys=told(_keys(composed, files)),
        further={key: value for key, value in _further(composed, files).items() if value},
        left=(*composed.left, *_left(composed)),
        wrong=tuple(noted.wrong),
    )


def _keys(composed: Composed, files: Files) -> dict[str, object]:
    return {
        **keys_of(composed.service),
        "networks": [name for name, _ in _joined(composed)],
        "volumes": list(files.volumes),
        "secret_files": dict(files.handed),
    }


def _further(composed: Composed, files: Files) -> dict[str, object]:
    return {
        "env_files": list(files.env_files),
        "healthcheck": healthcheck_of(composed.service.healthcheck),
        "create": {**create_of(composed.service), **({"volumes": list(files.unnamed)} if files.unnamed else {})},
        "host": {**host_of(composed.service), **({"tmpfs": dict(files.tmpfs)} if files.tmpfs else {})},
        "made_networks": {name: made for name, made in _joined(composed) if made},
        "made_volumes": files.made,
    }


def _joined(composed: Composed) -> Iterator[tuple[str, dict[str, object]]]:
    """A network that is missing is made as Compose would make it, so that it takes it for its own."""

    def made(name: str, network: Network) -> dict[str, object]:
        return made_of(network, driver="bridge", labels=labels_of(composed, "network", name))

    return joined(composed, made)


def labels_of(composed: Composed, kind: str, name: str) -> Mapping[str, str]:
    """Of a network or a volume of the project."""
    return {f"{COMPOSE_LABEL}.project": composed.project.name, f"{COMPOSE_LABEL}.{kind}": name}


def _against(composed: Composed, listens: str | None) -> Iterator[Wrong]:
    yield from against(composed, listens)
    if composed.service.deploy.mode not in ("replicated", "global"):
        yield not_kept("deploy.mode", "It is a job that ends; replicas do not.")


def _left(composed: Composed) -> Iterator[str]:
    service = composed.service
    for key in ("placement", "endpoint_mode", "mode", "labels"):
        if key in service.deploy.model_fields_set:
            yield f"deploy.{key} ({SWARM})"
    for key in ("update_config", "rollback_config"):
        if getattr(service.deploy, key) is not None:
            yield f"deploy.{key} (`strategy` says how)"
    if service.deploy.resources.reservations.cpus is not None:
        yield f"deploy.resources.reservations.cpus ({SWARM})"
    if service.deploy.restart_policy and service.deploy.restart_policy.delay is not None:
        yield "deploy.restart_policy.delay (Docker waits longer with each time)"
    if any(one.uid or one.gid or one.mode is not None for one in (*service.secrets, *service.configs)):
        yield "uid, gid and mode of secrets and configs (all in the container may read them)"
    yield from left_of(service)
