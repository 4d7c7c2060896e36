"""The OpenAPI 3.1 document of the management interface."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from shipway import __version__
from shipway.server.flags.operations import Operation

PROBLEM = {"$ref": "#/components/schemas/Problem"}
REFUSALS = (400, 401, 403, 404, 412, 413, 503)


class Problem(msgspec.Struct, frozen=True):
    """What went wrong, in four lines; `code` names its page."""

    code: str
    what: str
    where: str
    why: str
    fix: str


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """All operations with what they take and give."""
    all = tuple(operations)
    types = [kind for one in all for kind in (one.body, one.answer) if _is_type(kind)]
    _, components = msgspec.json.schema_components([*types, Problem], ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for operation in all:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shipway flags", "version": __version__},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _is_type(kind: object) -> bool:
    return kind is not None and not isinstance(kind, dict)


def _operation(operation: Operation) -> dict[str, Any]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    of = ("environment",) if operation.is_of_one else ()
    parameters = [_parameter(name, "path") for name in names]
    parameters += [_parameter(name, "query") for name in (*operation.query, *of)]
    if operation.may_wait and names:
        parameters.append(_parameter("if-match", "header"))
    made: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": parameters,
        "responses": _answers(operation),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": _schema(operation.body)}}
        made["requestBody"] = {"required": True, "content": content}
    elif operation.is_text and operation.method == "POST":
        made["requestBody"] = {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}
    return made


def _parameter(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def _answers(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {str(operation.status): {"description": HTTPStatus(operation.status).phrase}}
    if operation.answer is not None:
        made[str(operation.status)]["content"] = {"application/json": {"schema": _schema(operation.answer)}}
    elif operation.is_text:
        made[str(operation.status)]["content"] = {"application/yaml": {"schema": {"type": "object"}}}
    if operation.may_wait:
        waits = {"application/json": {"schema": {"$ref": "#/components/schemas/Proposal"}}}
        made["202"] = {"description": "It waits for a second person", "content": waits}
    for status in REFUSALS:
        refusal = {"application/json": {"schema": PROBLEM}}
        made[str(status)] = {"description": HTTPStatus(status).phrase, "content": refusal}
    return made


def _schema(kind: Any) -> dict[str, Any]:
    if isinstance(kind, dict):
        return kind
    (schema,), _ = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    return dict(schema)
