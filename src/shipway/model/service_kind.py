"""How a service gets its work."""

from enum import StrEnum


class ServiceKind(StrEnum):
    """The user's word for `kind:`."""

    HTTP = "http"
    """Requests are sent to its replicas; their shares are the state's traffic."""
    WORKER = "worker"
    """Its replicas fetch jobs themselves. There is no traffic: each ready replica, of whatever revision, carries
    its part of the jobs."""
    CRON = "cron"
    """Nothing runs all the time: a job is started at each instant of a schedule, and ends. The state is whose
    revision the next job is of."""
