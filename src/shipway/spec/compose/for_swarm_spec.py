"""What a Swarm is told of a service beyond the release file's keys, in the words of its API. Pure.

https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Service/operation/ServiceCreate
"""

from shipway.spec.compose.for_swarm_files import Files
from shipway.spec.compose.service import Healthcheck, Service
from shipway.spec.compose.translation import told

NANO = 10**9
SAME = {
    "hostname": "Hostname",
    "tty": "TTY",
    "stdin_open": "OpenStdin",
    "cap_add": "CapabilityAdd",
    "cap_drop": "CapabilityDrop",
    "group_add": "Groups",
}
"""Our word and the API's."""


def container_of(service: Service, files: Files) -> dict[str, object]:
    """Parts of `ContainerSpec`; what is not said is left out."""
    same = {theirs: getattr(service, ours) for ours, theirs in SAME.items()}
    return told(
        {
            **{key: list(value) if isinstance(value, tuple) else value or None for key, value in same.items()},
            "Healthcheck": healthcheck_of(service.healthcheck),
            "Hosts": [f"{address} {name}" for name, address in service.extra_hosts.items()],
            "DNSConfig": told(
                {
                    "Nameservers": list(service.dns),
                    "Search": list(service.dns_search),
                    "Options": list(service.dns_opt),
                }
            ),
            "Sysctls": {name: text or "" for name, text in service.sysctls.items()},
            "Ulimits": [{"Name": name, "Soft": of.soft, "Hard": of.hard} for name, of in service.ulimits.items()],
            "Mounts": list(files.mounts),
        }
    )


def healthcheck_of(check: Healthcheck | None) -> dict[str, object] | None:
    """In nanoseconds."""
    if check is None:
        return None
    if check.disable:
        return {"Test": ["NONE"]}
    times = {"Interval": check.interval, "Timeout": check.timeout, "StartPeriod": check.start_period}
    found = {key: round(seconds * NANO) for key, seconds in times.items() if seconds is not None}
    return told({**found, "Retries": check.retries, "Test": list(check.test)})


def task_of(service: Service) -> dict[str, object]:
    """Parts of `TaskTemplate`."""
    placement, policy = service.deploy.placement, service.deploy.restart_policy
    pids = service.deploy.resources.limits.pids or service.pids_limit
    delay = policy.delay if policy else None
    return told(
        {
            "Resources": {"Limits": {"Pids": pids}} if pids else None,
            "RestartPolicy": {"Delay": round(delay * NANO)} if delay is not None else None,
            "Placement": told(
                {
                    "Preferences": [{"Spread": {"SpreadDescriptor": one.spread}} for one in placement.preferences],
                    "MaxReplicas": placement.max_replicas_per_node,
                }
            ),
            "LogDriver": logged_of(service),
        }
    )


def logged_of(service: Service) -> dict[str, object] | None:
    """Who writes output down."""
    if service.logging is None:
        return None
    options = {name: text or "" for name, text in service.logging.options.items()}
    return told({"Name": service.logging.driver or "json-file", "Options": options})
