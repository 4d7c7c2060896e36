"""Health endpoints and graceful shutdown around a WSGI application (PEP 3333)."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from shipway.health.answer import Answer
from shipway.health.health import Health
from shipway.health.in_flight import InFlight, Kind, Request
from shipway.health.phase import Phase
from shipway.health.wsgi_shutdown import WsgiShutdown

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class WsgiMiddleware:
    """`application = WsgiMiddleware(application, health)`, outermost; made in the main thread, at import.

    For gunicorn's `sync` and `gthread` workers and for granian. Workers that replace threads by greenlets
    (gevent) are not supported.
    """

    def __init__(self, app: App, health: Health) -> None:
        self._app = app
        self._health = health
        self._shutdown = WsgiShutdown(health)
        self._shutdown.prepare()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """PEP 3333."""
        self._shutdown.ensure_installed()
        start_response = self._last_on_connection(environ, start_response)
        path = environ.get("PATH_INFO", "")
        if path in self._health.paths:
            return _reply(asyncio.run(self._health.at(path)), environ, start_response)
        return self._serve(environ, start_response)

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(Kind.HTTP)
        self._health.in_flight.begin(request)
        try:
            body = self._app(environ, start_response)
        except BaseException:
            self._health.in_flight.end(request)
            raise
        return self._until_closed(body, request, environ)

    def _until_closed(self, body: Iterable[bytes], request: Request, environ: Environ) -> Iterable[bytes]:
        """A stream is in flight until the server closes it.

        Servers send lists and files whole, by their type, so these are handed on as they are.
        """
        if isinstance(body, (list, tuple, environ.get("wsgi.file_wrapper", list))):
            self._health.in_flight.end(request)
            return body
        return Counted(body, request, self._health.in_flight)

    def _last_on_connection(self, environ: Environ, start_response: StartResponse) -> StartResponse:
        """Only granian leaves the connection to the application; gunicorn closes it by itself while it ends."""
        if environ.get("SERVER_SOFTWARE") != "Granian" or environ.get("SERVER_PROTOCOL") == "HTTP/2":
            return start_response

        def closing(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            if self._health.phase is not Phase.SERVING:
                headers = [*headers, ("connection", "close")]
            return start_response(status, headers, *rest)

        return closing


class Counted:
    """A response body whose request is in flight until it is closed."""

    def __init__(self, body: Iterable[bytes], request: Request, in_flight: InFlight) -> None:
        self._body = body
        self._request = request
        self._in_flight = in_flight

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Called by the server when the response was sent, or the client has left."""
        try:
            if close := getattr(self._body, "close", None):
                close()
        finally:
            self._in_flight.end(self._request)


def _reply(answer: Answer, environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]
