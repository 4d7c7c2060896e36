"""Protocol Buffers: what an older peer would misread on the wire, or call in vain.

Source: the language guide's "Updating A Message Type". The reader knows shapes, and skips options and comments.
"""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from shipway.assessment.contracts.broken import Difference

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[\w.]+|\S", re.DOTALL)
SAME_ON_THE_WIRE = (
    frozenset({"int32", "uint32", "int64", "uint64", "bool"}),
    frozenset({"sint32", "sint64"}),
    frozenset({"string", "bytes"}),
    frozenset({"fixed32", "sfixed32"}),
    frozenset({"fixed64", "sfixed64"}),
)
LABELS = ("optional", "required", "repeated")
DEPTH_MAX = 64


class Fields(Struct, frozen=True):
    """A message or an enumeration."""

    fields: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By number: name, type, label."""


class Schema(Struct, frozen=True):
    """One file."""

    messages: dict[str, Fields] = field(default_factory=dict)
    enums: dict[str, dict[str, str]] = field(default_factory=dict)
    """Names by number."""
    calls: dict[str, str] = field(default_factory=dict)
    """By `Service.Call`: what it takes and returns."""


def compare(before: str, after: str) -> Difference:
    """Raises `ValueError` where a text is no such file."""
    old, new = read(before), read(after)
    breaking = [*_messages(old, new), *_enums(old, new), *_calls(old, new)]
    names = ((old.messages, new.messages), (old.enums, new.enums), (old.calls, new.calls))
    compatible = [f"{name} is new" for was, now in names for name in now if name not in was]
    for name, message in old.messages.items():
        if name in new.messages:
            kept = new.messages[name].fields
            compatible += [f"{name}.{kept[at][0]} is new" for at in kept if at not in message.fields]
    return Difference(breaking=tuple(breaking), compatible=tuple(compatible))


def _messages(old: Schema, new: Schema) -> Iterator[str]:
    for name, message in old.messages.items():
        if name not in new.messages:
            yield f"message {name} is gone"
            continue
        later = new.messages[name].fields
        for number, (called, kind, label) in message.fields.items():
            if number not in later:
                yield f"{name}.{called} = {number} is gone"
                continue
            now, kind_now, label_now = later[number]
            if kind != kind_now and not any({kind, kind_now} <= group for group in SAME_ON_THE_WIRE):
                yield f"{name}.{now} = {number} is {kind_now} instead of {kind}"
            elif (label == "repeated") != (label_now == "repeated") or label_now == "required" != label:
                yield f"{name}.{now} = {number} is {label_now or 'single'} instead of {label or 'single'}"


def _enums(old: Schema, new: Schema) -> Iterator[str]:
    for name, values in old.enums.items():
        if name not in new.enums:
            yield f"enum {name} is gone"
        else:
            yield from (
                f"{name}.{called} = {number} is gone"
                for number, called in values.items()
                if number not in new.enums[name]
            )


def _calls(old: Schema, new: Schema) -> Iterator[str]:
    for name, shape in old.calls.items():
        if name not in new.calls:
            yield f"{name} is gone"
        elif new.calls[name] != shape:
            yield f"{name} is {new.calls[name]} instead of {shape}"


def read(text: str) -> Schema:
    """Raises `ValueError` where braces do not match."""
    tokens = [token for token in TOKEN.findall(text) if not token.startswith(("//", "/*"))]
    schema = Schema()
    end = _block(tokens, 0, (), schema)
    if end != len(tokens):
        raise ValueError("its braces do not match")
    return schema


def _block(tokens: list[str], at: int, inside: tuple[str, ...], schema: Schema) -> int:
    """Statements up to the brace that closes this block; returns where it stands."""
    if len(inside) > DEPTH_MAX:
        raise ValueError("it is nested too deep")
    start = at
    while at < len(tokens) and tokens[at] != "}":
        if tokens[at] == ";":
            _statement(tokens[start:at], inside, schema)
            start = at + 1
        elif tokens[at] == "{":
            head = tokens[start:at]
            end = _block(tokens, at + 1, _entered(head, inside, schema), schema)
            if end >= len(tokens):
                raise ValueError("its braces do not match")
            at, start = end, end + 1
        at += 1
    return at


def _entered(head: list[str], inside: tuple[str, ...], schema: Schema) -> tuple[str, ...]:
    """What the block is: `message Order`, `service Shop`; a oneof's fields are its message's."""
    kind, name = (head[0], head[1]) if len(head) > 1 else ("", "")
    full = ".".join([*(part.split(" ", 1)[1] for part in inside), name])
    if kind == "message":
        schema.messages.setdefault(full, Fields())
    elif kind == "enum":
        schema.enums.setdefault(full, {})
    elif kind == "rpc":
        _call(head, inside, schema)
    elif kind == "oneof" and inside:
        return inside
    return (*inside, f"{kind if kind in ('message', 'enum', 'service') else 'other'} {name or '_'}")


def _statement(tokens: list[str], inside: tuple[str, ...], schema: Schema) -> None:
    kind = inside[-1].split(" ", 1)[0] if inside else ""
    name = ".".join(part.split(" ", 1)[1] for part in inside)
    if kind == "service" and tokens[:1] == ["rpc"]:
        _call(tokens, inside, schema)
    if "=" not in tokens or tokens[0] in ("option", "reserved", "extensions", "syntax", "package"):
        return
    at = tokens.index("=")
    number = (
        "".join(tokens[at + 1 : at + 3]) if tokens[at + 1 : at + 2] == ["-"] else "".join(tokens[at + 1 : at + 2])
    )
    if kind == "enum":
        schema.enums[name][number] = tokens[at - 1]
    elif kind == "message" and at >= 2:
        label = tokens[0] if tokens[0] in LABELS else ""
        kind_of = "".join(tokens[1 if label else 0 : at - 1])
        schema.messages[name].fields[number] = (tokens[at - 1], kind_of, "" if label == "optional" else label)


def _call(tokens: list[str], inside: tuple[str, ...], schema: Schema) -> None:
    """`rpc Buy(stream Order) returns (Receipt)`."""
    if len(tokens) < 3 or not inside:
        return
    service = inside[-1].split(" ", 1)[1]
    shape = " ".join(tokens[2:]).replace("( ", "(").replace(" )", ")")
    schema.calls[f"{service}.{tokens[1]}"] = shape
