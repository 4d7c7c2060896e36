"""What is known of the server and its tables; nothing unless somebody asked a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

POSTGRES = "postgres"
VERSION = 14
"""What is assumed of the server when nobody says: the oldest that PostgreSQL's project still repairs."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table as it is."""

    rows: int
    size_bytes: int
    is_partitioned: bool = False
    types: Mapping[str, str] = field(default_factory=dict)
    """Columns with their types, as `format_type` writes them."""
    required: frozenset[str] = frozenset()
    """Columns that are NOT NULL."""
    proven: frozenset[str] = frozenset()
    """Columns of which a valid CHECK says that they are not null."""
    has_policies: bool = False
    always: frozenset[str] = frozenset()
    """Columns that are GENERATED ALWAYS, as an identity or from others."""
    has_generated: bool = False
    """Whether a column is computed from others."""
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column: what else in the database needs it, in PostgreSQL's words."""
    stars: tuple[str, ...] = ()
    """Statements that were counted and take all of its columns."""
    whole_row_triggers: tuple[str, ...] = ()
    """BEFORE triggers whose WHEN compares whole rows."""
    is_replicated: bool = False
    """Whether a subscription fills it."""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """One that is open."""

    pid: int
    name: str
    """Of its application, or of its user."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where the migration will run."""

    version: int = VERSION
    """The major version."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """By name, without a schema where the search path finds it."""
    dialect: str = POSTGRES
    """Also `mariadb` or `mysql`, where `release` counts and not `version`; empty where a text shows its own."""
    release: tuple[int, ...] = ()
    """Such as (10, 11, 6); nothing where nobody says."""
    functions: Mapping[str, str] = field(default_factory=dict)
    """Bodies that are text to the database, by name and arguments."""
    oldest: Transaction | None = None
    """The transaction that is open longest."""
    is_asked: bool = False
    """Whether a database was asked, so that a table which is not there is a new one."""
