"""Whether those who use an interface would break: one reader for each kind of specification."""

from collections.abc import Callable

from shipway.assessment.contracts import graphql, openapi, protobuf
from shipway.assessment.contracts.broken import Difference
from shipway.assessment.patterns import matches

Compare = Callable[[str, str], Difference]
SPECIFICATIONS: tuple[tuple[str, tuple[str, ...], Compare], ...] = (
    ("OpenAPI", ("openapi*.y*ml", "openapi*.json", "swagger*.y*ml", "swagger*.json"), openapi.compare),
    ("Protocol Buffers", ("*.proto",), protobuf.compare),
    ("GraphQL", ("*.graphql", "*.graphqls", "*.gql"), graphql.compare),
)


def specification(path: str) -> tuple[str, Compare] | None:
    """Its kind, and who compares two texts of it; that raises `ValueError` where one cannot be read."""
    return next(((name, compare) for name, patterns, compare in SPECIFICATIONS if matches(path, patterns)), None)
