"""What the engine is told of a container beyond the release file's keys, in the words of its SDK. Pure.

https://docker-py.readthedocs.io/en/stable/api.html#docker.api.container.ContainerApiMixin.create_host_config
"""

from shipway.spec.compose.service import Healthcheck, Service

NANO = 10**9
SAME = (
    "cap_add",
    "cap_drop",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "group_add",
    "oom_kill_disable",
    "oom_score_adj",
    "pids_limit",
    "privileged",
    "runtime",
    "security_opt",
    "shm_size",
    "userns_mode",
    "cpu_shares",
    "memswap_limit",
)
"""Keys that both call the same."""
OTHERWISE = {"ipc": "ipc_mode", "pid": "pid_mode", "cpuset": "cpuset_cpus"}
CREATED = ("hostname", "domainname", "tty", "stdin_open")


def host_of(service: Service) -> dict[str, object]:
    """Arguments of `create_host_config`; what is not said is left out."""
    resources = service.deploy.resources
    found: dict[str, object] = {key: getattr(service, key) for key in SAME}
    found |= {theirs: getattr(service, key) for key, theirs in OTHERWISE.items()}
    found["mem_reservation"] = resources.reservations.memory or service.mem_reservation
    found["pids_limit"] = resources.limits.pids or service.pids_limit
    found["extra_hosts"] = dict(service.extra_hosts)
    found["sysctls"] = {name: text or "" for name, text in service.sysctls.items()}
    found["ulimits"] = [{"Name": name, "Soft": of.soft, "Hard": of.hard} for name, of in service.ulimits.items()]
    found["log_config"] = _logged(service)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items() if value}


def _logged(service: Service) -> dict[str, object] | None:
    if service.logging is None:
        return None
    options = {name: text or "" for name, text in service.logging.options.items()}
    return {"Type": service.logging.driver or "json-file", "Config": options}


def create_of(service: Service) -> dict[str, object]:
    """Arguments of `create_container` itself."""
    found = {key: getattr(service, key) for key in CREATED}
    return {key: value for key, value in found.items() if value}


def healthcheck_of(check: Healthcheck | None) -> dict[str, object] | None:
    """In nanoseconds, as the engine takes it."""
    if check is None:
        return None
    if check.disable:
        return {"test": ["NONE"]}
    times = {key: getattr(check, key) for key in ("interval", "timeout", "start_period")}
    found = {key: round(seconds * NANO) for key, seconds in times.items() if seconds is not None}
    told = {**found, "retries": check.retries, "test": list(check.test)}
    return {key: value for key, value in told.items() if value}
