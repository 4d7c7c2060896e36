"""OpenAPI 3 and Swagger 2: what a client that worked before would meet."""

import json
from collections import deque
from collections.abc import Iterator, Mapping

from msgspec import Struct

from shipway.assessment.contracts.broken import Difference

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DEPTH_MAX = 12
"""Of references to references; they may refer to themselves."""
CHANGES_MAX = 200
VALUES = 3
"""Named of those that are left."""
Object = Mapping[str, object]


class Side(Struct, frozen=True, kw_only=True):
    """One of the two documents."""

    document: Object

    def at(self, value: object) -> Object:
        """The object, with one reference of the same document followed."""
        for _ in range(DEPTH_MAX):
            found = _object(value)
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            value = self._referred(reference)
        return {}

    def _referred(self, reference: str) -> object:
        found: object = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = _object(found).get(part.replace("~1", "/").replace("~0", "~"))
        return found

    def operations(self) -> dict[str, tuple[Object, Object]]:
        """By `GET /orders`: the operation, and the path that it stands in."""
        found = {}
        for path, item in _object(self.document.get("paths")).items():
            item = self.at(item)
            found.update(
                {f"{method.upper()} {path}": (self.at(item[method]), item) for method in METHODS if method in item}
            )
        return found

    def parameters(self, operation: Object, item: Object) -> dict[str, Object]:
        """By `query limit`: the operation's own and its path's."""
        listed = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
        found = (self.at(one) for one in listed)
        return {f"{one.get('in')} {one.get('name')}": one for one in found if one.get("in") != "body"}

    def body(self, operation: Object, item: Object) -> tuple[bool, object]:
        """Whether a request needs a body, and its schema."""
        if "requestBody" in operation:
            body = self.at(operation["requestBody"])
            return body.get("required") is True, _schema(body)
        listed = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
        bodies = [one for one in map(self.at, listed) if one.get("in") == "body"]
        return (bodies[0].get("required") is True, bodies[0].get("schema")) if bodies else (False, None)

    def answers(self, operation: Object) -> dict[str, object]:
        """Schemas by status."""
        responses = _object(operation.get("responses"))
        return {str(code): _schema(self.at(answer)) for code, answer in responses.items()}


def compare(before: str, after: str) -> Difference:
    """Raises `ValueError` where a text is no such document."""
    old, new = Side(document=_read(before)), Side(document=_read(after))
    earlier, later = old.operations(), new.operations()
    breaking = [f"{name} is gone" for name in earlier if name not in later]
    for name in earlier:
        if name in later and len(breaking) < CHANGES_MAX:
            found = _operation(old, new, earlier[name], later[name])
            breaking += [f"{name}: {one}" for one in found]
    return Difference(
        breaking=tuple(dict.fromkeys(breaking[:CHANGES_MAX])),
        compatible=tuple(f"{name} is new" for name in later if name not in earlier),
    )


def _read(text: str) -> Object:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("it is not YAML") from error
    if not isinstance(found, dict) or not {"openapi", "swagger"} & found.keys():
        raise ValueError("it does not say `openapi:` or `swagger:`")
    return found


def _operation(old: Side, new: Side, before: tuple[Object, Object], after: tuple[Object, Object]) -> Iterator[str]:
    earlier, later = old.parameters(*before), new.parameters(*after)
    for name, one in later.items():
        if one.get("required") is True and (name not in earlier or earlier[name].get("required") is not True):
            yield f"parameter {name} is required now"
        if name in earlier:
            shapes = Shapes(old=old, new=new, is_request=True)
            shape = (_parameter(earlier[name]), _parameter(one))
            yield from (f"parameter {name}: {said}" for said in shapes.broken(*shape))
    yield from _bodies(old, new, old.body(*before), new.body(*after))
    answered, answers = old.answers(before[0]), new.answers(after[0])
    for code, schema in answered.items():
        if code.startswith("2") and code not in answers:
            yield f"answer {code} is gone"
        elif code.startswith("2"):
            shrunk = Shapes(old=old, new=new, is_request=False)
            yield from (f"answer {code}: {one}" for one in shrunk.broken(schema, answers[code]))


def _bodies(old: Side, new: Side, before: tuple[bool, object], after: tuple[bool, object]) -> Iterator[str]:
    if after[0] and not before[0]:
        yield "a body is required now"
    if before[1] is not None and after[1] is not None:
        shapes = Shapes(old=old, new=new, is_request=True)
        yield from (f"body: {one}" for one in shapes.broken(before[1], after[1]))


class Shapes(Struct, frozen=True, kw_only=True):
    """Compares schemas: what a request may no longer say, or an answer no longer tells."""

    old: Side
    new: Side
    is_request: bool

    def broken(self, before: object, after: object) -> Iterator[str]:
        """What breaks. Each pair is compared once, where it is met first: schemas refer to each other in rings."""
        waiting, seen = deque([(before, after, "")]), set[tuple[int, int]]()
        while waiting:
            before, after, at = waiting.popleft()
            earlier, later = self.old.at(before), self.new.at(after)
            pair = (id(earlier), id(later))
            if not earlier or not later or pair in seen:
                continue
            seen.add(pair)
            if "type" in earlier and "type" in later and earlier["type"] != later["type"]:
                yield f"{at or 'it'} is {later['type']} instead of {earlier['type']}"
                continue
            yield from self._values(earlier, later, at)
            yield from self._required(earlier, later, at)
            yield from self._gone(earlier, later, at)
            waiting.extend(_within(earlier, later, at))

    def _values(self, earlier: Object, later: Object, at: str) -> Iterator[str]:
        if not self.is_request or "enum" not in later:
            return
        if "enum" not in earlier:
            yield f"{at or 'it'} may only be {', '.join(map(str, _list(later['enum'])[:VALUES]))} now"
        gone = [value for value in _list(earlier.get("enum")) if value not in _list(later["enum"])]
        if gone:
            yield f"{at or 'it'} may no longer be {gone[0]}"

    def _required(self, earlier: Object, later: Object, at: str) -> Iterator[str]:
        was, now = _list(earlier.get("required")), _list(later.get("required"))
        if self.is_request:
            yield from (f"{_join(at, str(name))} is required now" for name in now if name not in was)
        else:
            kept = _object(later.get("properties"))
            yield from (
                f"{_join(at, str(name))} may be missing" for name in was if name not in now and name in kept
            )

    def _gone(self, earlier: Object, later: Object, at: str) -> Iterator[str]:
        was, now = _object(earlier.get("properties")), _object(later.get("properties"))
        if not self.is_request:
            yield from (f"{_join(at, name)} is gone" for name in was if name not in now)


def _within(earlier: Object, later: Object, at: str) -> Iterator[tuple[object, object, str]]:
    """The schemas of properties and items that both have."""
    was, now = _object(earlier.get("properties")), _object(later.get("properties"))
    yield from ((schema, now[name], _join(at, name)) for name, schema in was.items() if name in now)
    if "items" in earlier and "items" in later:
        yield earlier["items"], later["items"], f"{at}[]"


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _parameter(one: Object) -> object:
    """Its schema; in Swagger 2 the parameter says itself what it is, except whether it is required."""
    found = _schema(one)
    return {key: value for key, value in one.items() if key != "required"} if found is None else found


def _schema(holder: Object) -> object:
    """Of a body or an answer: that of JSON, or the first."""
    if "schema" in holder:
        return holder["schema"]
    content = _object(holder.get("content"))
    chosen = content.get("application/json") or next(iter(content.values()), None)
    return _object(chosen).get("schema")


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
