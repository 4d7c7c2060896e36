"""Names as SQL has them: quoted where they must be, and always so that they mean the same."""

import re

from shipway.schema.sql.node import Node

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
LENGTH_MAX = 63
"""Bytes; PostgreSQL cuts off what is longer (`NAMEDATALEN`)."""
_RESERVED = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
    case cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
    freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
    only or order out outer overlaps overlay placing position precision primary real references returning right
    row select session_user setof similar smallint some substring symmetric system_user table tablesample then
    time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when
    where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable
"""
RESERVED = frozenset(_RESERVED.split())
"""What PostgreSQL's `quote_identifier` quotes: every keyword that is not unreserved."""


def quoted(name: str) -> str:
    """One identifier, in quotes where it needs them."""
    if PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def divided(text: str, sign: str) -> tuple[str, ...]:
    """Names as they are without quotes, out of a text in which this sign stands between them: `a."B.c"`."""
    found, begin, inside = [], 0, False
    for at, one in enumerate(text):
        inside ^= one == '"'
        if one == sign and not inside:
            found.append(text[begin:at])
            begin = at + 1
    return tuple(_bare(name.strip()) for name in (*found, text[begin:]))


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def literal(text: str) -> str:
    """A text constant that means the same whatever `standard_conforming_strings` says."""
    doubled = text.replace("'", "''")
    if "\\" in doubled:
        escaped = doubled.replace("\\", "\\\\")
        return f"E'{escaped}'"
    return f"'{doubled}'"


def dollars(text: str) -> str:
    """A text constant between dollar signs, for what has quotes of its own."""
    tag = "$shipway$"
    while tag in text:
        tag = f"{tag[:-1]}_$"
    return f"{tag}{text}{tag}"


def shortened(name: str, suffix: str) -> str:
    """A name with a suffix that PostgreSQL will not cut off: whole characters, at most 63 bytes."""
    room = LENGTH_MAX - len(suffix.encode())
    return name.encode()[:room].decode(errors="ignore") + suffix


def relation(node: Node) -> str:
    """A table's name as it is written in SQL, with its schema if it has one."""
    parts = [node.text("schemaname"), node.text("relname")]
    return ".".join(quoted(part) for part in parts if part)
