"""Triggers that keep two shapes true, and the functions that they run."""

from dataclasses import dataclass, replace

from shipway.schema.operations.built import Counting
from shipway.schema.sql.names import dollars, literal, quoted, shortened


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One trigger for each row of a table. Its names follow from the change, so that no other change has them."""

    change: str
    """The change's name and the operation's number."""
    table: str
    """In SQL."""
    body: str
    """Of the function, in PL/pgSQL."""
    events: str = "BEFORE INSERT OR UPDATE"
    condition: str = ""
    """Rows for which it runs; every row where it is empty."""
    suffix: str = "_sync"
    """Tells the functions of one change from each other."""
    is_definer: bool = False
    """It writes another table, with the rights of who made it: who may write the one need not know the other."""

    @property
    def function(self) -> str:
        """The function, in SQL."""
        return f"shipway.{quoted(shortened(self.change, self.suffix))}"

    @property
    def name(self) -> str:
        """Sorted behind the triggers of others, which PostgreSQL runs by name."""
        return quoted(shortened(f"zz_shipway_{self.change}", ""))

    @property
    def sequence(self) -> str:
        """Counts writes of the old shape while it is frozen, in SQL."""
        return f"shipway.{quoted(shortened(self.change, f'{self.suffix}_used'))}"

    @property
    def counts(self) -> str:
        """Counts one write, in PL/pgSQL. No rollback takes that back.

        One that is under way when the freeze ends is not counted, and goes on.
        """
        count = f"PERFORM pg_catalog.nextval({literal(self.sequence)});"
        return f"BEGIN {count} EXCEPTION WHEN insufficient_privilege THEN NULL; END;"

    def counting(self, body: str) -> Counting:
        """With a body that counts. The function is replaced: no lock is taken, and the next write counts."""
        return Counting(
            sequence=self.sequence,
            begin=(
                f"CREATE SEQUENCE IF NOT EXISTS {self.sequence}",
                "GRANT USAGE ON SCHEMA shipway TO PUBLIC",
                f"GRANT USAGE ON SEQUENCE {self.sequence} TO PUBLIC",
                replace(self, body=body)._function(),
            ),
            end=(self._function(),),
        )

    @property
    def made(self) -> tuple[str, ...]:
        """It fires in sessions of replication too, or what they write would be in one shape only."""
        when = f" WHEN ({self.condition})" if self.condition else ""
        return (
            self._function(),
            f"CREATE TRIGGER {self.name} {self.events} ON {self.table}"
            f" FOR EACH ROW{when} EXECUTE FUNCTION {self.function}()",
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}",
        )

    @property
    def dropped(self) -> tuple[str, ...]:
        """When it is known to be there."""
        return (
            f"DROP TRIGGER {self.name} ON {self.table}",
            f"DROP FUNCTION {self.function}()",
            f"DROP SEQUENCE IF EXISTS {self.sequence}",
        )

    @property
    def undone(self) -> tuple[str, ...]:
        """Harmless where it is not there."""
        return (
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"DROP FUNCTION IF EXISTS {self.function}()",
            f"DROP SEQUENCE IF EXISTS {self.sequence}",
        )

    def _function(self) -> str:
        rights = " SECURITY DEFINER SET search_path FROM CURRENT" if self.is_definer else ""
        head = f"CREATE OR REPLACE FUNCTION {self.function}() RETURNS trigger LANGUAGE plpgsql{rights}"
        return f"{head} AS {dollars(self.body)}"


def watching(columns: tuple[str, ...], *, has_row_triggers: bool) -> str:
    """The UPDATEs that concern these columns, in SQL: all of them where a trigger of others may change a row."""
    return "UPDATE" if has_row_triggers else f"UPDATE OF {', '.join(columns)}"
