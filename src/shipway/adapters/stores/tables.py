"""The tables of every SQL store. Changing them takes a migration; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

# SQLite only numbers rows by itself in a column of exactly this type.
NUMBER = BigInteger().with_variant(Integer, "sqlite")

SERVICES = Table(
    "services",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("length", BigInteger, nullable=False),
)
"""One row for each journal: appending compares and sets `length`."""

ENTRIES = Table(
    "entries",
    METADATA,
    Column("service", Text, ForeignKey("services.name"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("at", Double, nullable=False),
    Column("event", Text, nullable=False),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("service", Text, ForeignKey("services.name"), nullable=False),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("command", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""The inbox. Read commands stay until the journal is compacted, which says who asked for what."""

CHECKPOINTS = Table(
    "checkpoints",
    METADATA,
    Column("service", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("service", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("leases_by_owner", "owner"),
)
"""The row stays when a lease ends, so that its token only ever grows."""

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("service", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("revision", Text, nullable=False),
    Column("release", LargeBinary, nullable=False),
    UniqueConstraint("service", "id", name="revisions_once"),
)
