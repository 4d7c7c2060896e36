"""Docker Engine, asked over its API: what is expected is an answer, what is not is a `PortError`.

https://docs.docker.com/reference/api/engine/
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from shipway.errors import PortError

if TYPE_CHECKING:
    from docker import APIClient

SECONDS_MAX = 30.0
"""For an answer that needs no waiting."""
Answer = dict[str, Any]


@cache
def engine(address: str) -> "APIClient":
    """One client for all threads of this process; nothing is asked yet. Raises `PortError`."""
    try:
        from docker import APIClient
        from docker.tls import TLSConfig  # noqa: F401
    except ModuleNotFoundError as error:
        raise PortError(
            "the Docker SDK is not installed",
            where="platform.docker",
            why=f"Python has no module {error.name}.",
            fix="pip install 'shipway[docker]'",
        ) from error
    with telling(address):
        return APIClient(base_url=address, version="auto", timeout=SECONDS_MAX)


@contextmanager
def telling(address: str, doing: str = "to answer") -> Iterator[None]:
    """Turn what the SDK raises into what users are told."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise PortError(
            f"Docker refused {doing}",
            where=address,
            why=f"{error.explanation or error}".strip().rstrip(".") + ".",
            fix="Correct what it names; `docker events` tells more.",
        ) from error
    except (DockerException, RequestException, OSError) as error:
        raise PortError(
            "Docker does not answer",
            where=address,
            why=f"{_root(error)}.",
            fix="Start dockerd, let yourself use its socket, or set DOCKER_HOST.",
        ) from error


def _root(error: BaseException) -> str:
    """The innermost reason: what wraps it says little."""
    while error.__context__ is not None or error.__cause__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error).rstrip(".") or type(error).__name__


def unless_gone(ask: Callable[[], Any]) -> Any:
    """The answer, or none where Docker knows no such thing any more."""
    from docker.errors import NotFound

    try:
        return ask()
    except NotFound:
        return None
