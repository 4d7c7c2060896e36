"""A port by a name that no container has."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import Container, containers

PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def find(setting: Setting) -> Iterator[Found]:
    """Of Services and of probes. A number needs no declaration."""
    for workload in setting.workloads():
        there = list(containers(workload))
        for container in there:
            yield from _probes(container)
        names = {str(port.get("name")) for container in there for port in container.ports}
        for service in setting.services_of(workload):
            for index, port in service.each("spec", "ports"):
                target = port.get("targetPort")
                if not _is_missing(target, names):
                    continue
                number = _only(there)
                right = [{"port": port.get("port"), "targetPort": number}]
                yield Found(
                    what=f"{service.called} sends requests to port {target}, which {workload.called} does not "
                    "name.",
                    on=service,
                    at=("spec", "ports", index, "targetPort"),
                    fix=_fix(names),
                    patch=service.patch(spec={"ports": right}) if number else None,
                )


def _probes(container: Container) -> Iterator[Found]:
    names = {str(port.get("name")) for port in container.ports}
    for key in PROBES:
        port = ((container.body.get(key) or {}).get("httpGet") or {}).get("port")
        if not _is_missing(port, names):
            continue
        number = _only([container])
        yield Found(
            what=f"The {key} of {container.name} asks port {port}, which the container does not name: it "
            "never is ready.",
            on=container.workload,
            at=(*container.place, key, "httpGet", "port"),
            fix=_fix(names),
            patch=container.patch({}, **{key: {"httpGet": {"port": number}}}) if number else None,
        )


def _is_missing(port: object, names: set[str]) -> bool:
    return isinstance(port, str) and not port.isdigit() and port not in names


def _only(there: list[Container]) -> object:
    """The number of the only port; none where there are several."""
    numbers = [port.get("containerPort") for one in there for port in one.ports]
    return numbers[0] if len(numbers) == 1 else None


def _fix(names: set[str]) -> str:
    known = ", ".join(sorted(names - {"None"}))
    return f"Use one of its names: {known}." if known else "Name the port of the container so."


HAZARD = Hazard(
    name="missing-port",
    title="A port that nobody names",
    why="A Service with a named port that no pod has gets no endpoint, and every request is refused.",
    find=find,
)
