"""Whether those who use an interface would break: one reader for each kind of specification."""

from collections.abc import Callable
from importlib import import_module

from shipway.assessment.contracts.broken import Difference
from shipway.assessment.patterns import matches

Compare = Callable[[str, str], Difference]
SPECIFICATIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("OpenAPI", ("openapi*.y*ml", "openapi*.json", "swagger*.y*ml", "swagger*.json"), "openapi"),
    ("Protocol Buffers", ("*.proto",), "protobuf"),
    ("GraphQL", ("*.graphql", "*.graphqls", "*.gql"), "graphql"),
)
ALL = tuple(pattern for _, patterns, _ in SPECIFICATIONS for pattern in patterns)


def is_specification(path: str) -> bool:
    """Whether a file of that name specifies an interface."""
    return matches(path, ALL)


def specification(path: str) -> tuple[str, Compare] | None:
    """Its kind, and who compares two texts of it; that raises `ValueError` where one cannot be read."""
    if not is_specification(path):
        return None
    name, module = next((name, module) for name, patterns, module in SPECIFICATIONS if matches(path, patterns))
    compare: Compare = import_module(f"{__name__}.{module}").compare
    return name, compare
