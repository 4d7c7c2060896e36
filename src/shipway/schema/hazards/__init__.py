"""One file for each thing that stops or breaks an application that runs. The word is the path."""

from functools import cache
from importlib import import_module

from shipway.schema.lint.hazard import Hazard

NAMES = (
    "alter-identity",
    "attach-partition",
    "backfill-in-transaction",
    "build-timeout",
    "cached-plan",
    "cascade",
    "change-type",
    "check-before-backfill",
    "check-constraint",
    "column-check",
    "column-in-use",
    "column-primary-key",
    "column-references",
    "column-unique",
    "concurrently-in-transaction",
    "create-index",
    "create-trigger",
    "default-dropped",
    "detach-partition",
    "domain-constraint",
    "domain-with-constraint",
    "drop-column",
    "drop-constraint",
    "drop-database",
    "drop-default",
    "drop-index",
    "drop-not-null",
    "drop-object",
    "drop-table",
    "drop-trigger",
    "duplicate-assignment",
    "dynamic-sql",
    "enum-in-transaction",
    "enum-order",
    "exclusion",
    "fixed-width",
    "foreign-key",
    "generated-write",
    "identity-column",
    "json-column",
    "limited-text",
    "lock-table",
    "long-identifier",
    "long-transaction",
    "lost-statistics",
    "naive-time",
    "narrow-integer",
    "no-lock-timeout",
    "no-statement-timeout",
    "not-read",
    "not-repeatable",
    "old-transaction",
    "partitioned-index",
    "partitioned-key",
    "primary-key",
    "refresh-view",
    "reindex",
    "rename-column",
    "rename-object",
    "rename-table",
    "replicated-trigger",
    "required-column",
    "rewrite-table",
    "serial-column",
    "serial-type",
    "session-setting",
    "set-not-null",
    "set-null-required",
    "set-schema",
    "stored-column",
    "transaction-nesting",
    "truncate",
    "truncate-cascade",
    "uncommitted",
    "unique-constraint",
    "validate-in-transaction",
    "view-without-invoker",
    "volatile-default",
    "whole-row-trigger",
    "whole-table-write",
)


@cache
def hazards() -> tuple[Hazard, ...]:
    """All of them, loaded once."""
    return tuple(named(name) for name in NAMES)


@cache
def for_kind(kind: str) -> tuple[Hazard, ...]:
    """Those that a statement of this kind can have."""
    return tuple(one for one in hazards() if not one.kinds or kind in one.kinds)


def named(name: str) -> Hazard:
    """One of them; a name that is not in `NAMES` is a mistake of ours."""
    found = import_module(f"shipway.schema.hazards.{name.replace('-', '_')}").HAZARD
    assert isinstance(found, Hazard)
    return found
