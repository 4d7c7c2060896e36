"""The operations of `operations.py` over HTTP."""

import time
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shipway.errors import ShipwayError
from shipway.server.flags.calls import Call
from shipway.server.flags.environments import Environments
from shipway.server.flags.openapi import Problem, document
from shipway.server.flags.operations import Operation, operations
from shipway.server.flags.problems import status_of
from shipway.server.flags.stream import stream
from shipway.server.flags.wire import Receive, Scope, Send, bearer, body, header

YAML = "application/yaml"
JSON = "application/json"


def routes(environments: Environments) -> list[Route]:
    """Every operation, and the document that describes them."""
    table = operations()
    written = msgspec.json.encode(document(table))

    async def openapi(request: Request) -> Response:
        return Response(written, media_type=JSON)

    async def ready(request: Request) -> Response:
        return Response(b'{"status":"ready"}', media_type=JSON)

    made = [Route("/openapi.json", openapi), Route("/health/ready", ready)]
    return made + [Route(one.path, partial(_respond, environments, one), methods=[one.method]) for one in table]


async def _respond(environments: Environments, operation: Operation, request: Request) -> Response:
    try:
        found = await operation.handler(await _call(environments, operation, request))
    except ShipwayError as error:
        return problem(error)
    if found.text is not None:
        return Response(found.text, media_type=YAML, headers=dict(found.headers))
    content = b"" if found.content is None else msgspec.json.encode(found.content)
    return Response(content, found.status, dict(found.headers), JSON if content else None)


async def _call(environments: Environments, operation: Operation, request: Request) -> Call:
    token = environments.access.bearer(bearer(request.scope))
    if operation.is_of_one:
        live = environments.of(token, request.scope, operation.action)
    else:
        environments.access.check(token, operation.action, token.environment)
        live = environments.named(token.environment or next(iter(environments.by_name)))
    return Call(
        environments=environments,
        token=token,
        live=live,
        path=request.path_params,
        query=request.query_params,
        headers=request.headers,
        body=await body(request.receive, operation.bytes_max),
        at=time.time(),
    )


def problem(error: ShipwayError) -> Response:
    """Four lines as JSON."""
    said = Problem(code=error.code, what=error.what, where=error.where, why=error.why, fix=error.fix)
    status = status_of(error)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return Response(msgspec.json.encode(said), status, headers, JSON)


class Following:
    """The stream of our SDK: the whole state, then every change of it, from where a reader stopped."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one reader."""
        try:
            token = self._environments.access.bearer(bearer(scope))
            live = self._environments.of(token, scope, "follow")
        except ShipwayError as error:
            await problem(error)(scope, receive, send)
            return
        store, _, number = (header(scope, b"last-event-id") or "").rpartition("-")
        at = int(number) if store == live.store and number.isdigit() and len(number) < 16 else -1
        is_known = live.changes.after(at) is not None
        first = [] if is_known else [live.full()]
        await stream(live.changes, at if is_known else live.changes.number, first, receive, send)
