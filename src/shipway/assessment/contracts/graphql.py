"""GraphQL: graphql-core, the reference implementation's port, knows which changes break queries."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shipway.assessment.contracts.broken import Difference

if TYPE_CHECKING:
    from graphql import GraphQLSchema

UNUSED = "Standard scalar"
"""How a change is said that follows from another one."""
EXTRA = "reading it needs the extra `graphql`"


def compare(before: str, after: str) -> Difference:
    """Raises `ValueError` where a text is no schema, or graphql-core is not installed."""
    try:
        from graphql import build_schema
        from graphql.error import GraphQLError
        from graphql.utilities import find_breaking_changes, find_dangerous_changes
    except ImportError as error:
        raise ValueError(EXTRA) from error
    try:
        old, new = (build_schema(text, no_location=True) for text in (before, after))
        broken, dangerous = find_breaking_changes(old, new), find_dangerous_changes(old, new)
    except (GraphQLError, TypeError, RecursionError) as error:
        raise ValueError("it is no schema by itself") from error
    return Difference(
        breaking=tuple(one.description.rstrip(".") for one in broken if not one.description.startswith(UNUSED)),
        dangerous=tuple(one.description.rstrip(".") for one in dangerous),
        compatible=tuple(_new(old, new)),
    )


def _new(old: "GraphQLSchema", new: "GraphQLSchema") -> Iterator[str]:
    """Types, and fields of types that were there."""
    for name, kind in new.type_map.items():
        if name.startswith("__"):
            continue
        before = old.type_map.get(name)
        if before is None:
            yield f"{name} is new"
        else:
            known = getattr(before, "fields", {})
            yield from (f"{name}.{field} is new" for field in getattr(kind, "fields", {}) if field not in known)
