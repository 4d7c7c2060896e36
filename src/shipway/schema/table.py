"""One table as it was when a change began. It is journalled, so that every later phase builds the same SQL."""

from msgspec import Struct

from shipway.schema.sql.names import quoted


class Column(Struct, frozen=True, kw_only=True):
    """A column, in PostgreSQL's own words."""

    name: str
    type: str
    """With its modifiers: `character varying(20)`."""
    collation: str = ""
    """In SQL; empty where it is the type's own."""
    is_required: bool = False
    default: str = ""
    """An expression; empty without one."""
    sequence: str = ""
    """The sequence that belongs to it, in SQL."""
    identity: str = ""
    """`ALWAYS` or `BY DEFAULT` where its numbers are an identity's."""
    comment: str = ""
    is_touched: bool = False
    """Whether each UPDATE of a row sets it anew, unless the UPDATE names it."""
    labels: tuple[str, ...] = ()
    """Of an enumerated type, its values in their order."""
    written: str = ""
    """Its whole definition, where a dialect puts that back as it was."""
    special: str = ""
    """Why it is none that can be exchanged for another: generated, a partition key, with grants."""


class Index(Struct, frozen=True, kw_only=True):
    """An index that is valid."""

    name: str
    definition: str
    columns: tuple[str, ...]
    """Every column that it needs, in expressions and conditions too."""


class Constraint(Struct, frozen=True, kw_only=True):
    """A constraint of the table, or a foreign key of another one that points to it."""

    name: str
    kind: str
    """As `pg_constraint.contype`: c check, f foreign key, p primary key, u unique, x exclusion, n not null."""
    definition: str
    columns: tuple[str, ...]
    is_incoming: bool = False
    is_self: bool = False
    """Whether the table points to itself."""
    other: str = ""
    """The table, in SQL, that an incoming one is from."""


class Grant(Struct, frozen=True, kw_only=True):
    """What a role that does not own the table may do."""

    privilege: str
    role: str
    """In SQL; `PUBLIC` for everybody."""
    is_grantable: bool = False


class Partition(Struct, frozen=True, kw_only=True):
    """Of which table this one is a part, and which one."""

    parent: str
    """In SQL."""
    bound: str
    """Such as `FOR VALUES FROM (1) TO (9)`."""
    condition: str
    """The same as an expression over a row."""


class Table(Struct, frozen=True, kw_only=True):
    """What operations need to know."""

    schema: str
    name: str
    rows: int
    """An estimate."""
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Columns by which rows can be walked: the primary key, or a unique index without nulls."""
    indexes: tuple[Index, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    has_row_triggers: bool = False
    """Whether triggers of others may change a row before ours sees it."""
    has_policies: bool = False
    """Whether rows are hidden from roles."""
    grants: tuple[Grant, ...] = ()
    server: int = 0
    """Its version: 15 of PostgreSQL, 1011 of MariaDB 10.11; 0 where nobody asked."""
    divided: str = ""
    """Of a table with partitions, what divides it: `RANGE (at)`."""
    default_partition: str = ""
    """The partition, in SQL, of rows that fit into no other."""
    partition: Partition | None = None
    others: "tuple[Table, ...]" = ()
    """Tables that an operation on this one looks at too."""

    @property
    def sql(self) -> str:
        """Its whole name."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    def column(self, name: str) -> Column | None:
        """By its name."""
        return next((one for one in self.columns if one.name == name), None)
