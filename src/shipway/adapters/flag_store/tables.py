"""The tables of a flag server. Changing them takes a migration; a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, MetaData, Table, Text

METADATA = MetaData()

STORE = Table(
    "store",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What belongs to the store as a whole: its name in event ids, the key that signs addresses of streams."""

ENVIRONMENTS = Table(
    "environments",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("needs_approval", Boolean, nullable=False),
)
"""Each change compares and sets `revision`."""

ENTRIES = Table(
    "entries",
    METADATA,
    Column("environment", Text, ForeignKey("environments.name"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
"""What holds now: flags, segments, exclusive groups, holdouts, as JSON of the file's format."""

CHANGES = Table(
    "changes",
    METADATA,
    Column("environment", Text, ForeignKey("environments.name"), primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("changes_by_entry", "environment", "kind", "name"),
)
"""The audit trail: rows are added and never changed."""

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("environment", Text, ForeignKey("environments.name")),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("revoked_at", Double),
)
"""SHA-256 of each token, never the token. No environment: all of them."""

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("environment", Text, ForeignKey("environments.name"), nullable=False),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", Double),
    Column("decided_by", Text),
)
"""Changes that wait for another person, and what became of them."""

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("environment", Text, ForeignKey("environments.name"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
)

EXPOSURES = Table(
    "exposures",
    METADATA,
    Column("environment", Text, ForeignKey("environments.name"), primary_key=True),
    Column("flag", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often a flag was answered how, each hour. `variant` is the variant, or `on` or `off` where there is none."""

USERS = Table(
    "exposed_users",
    METADATA,
    Column("environment", Text, ForeignKey("environments.name"), primary_key=True),
    Column("flag", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True),
    Column("registers", Text, nullable=False),
)
"""Who got which answer, each day, as `shipway.flags.distinct` packs it: numbers of users without users."""
