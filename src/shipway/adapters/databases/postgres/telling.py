"""What PostgreSQL said, as an error that a user can act on."""

from shipway.adapters.databases.errors import DatabaseError


def explained(error: Exception, *, where: str) -> DatabaseError:
    """What PostgreSQL said, as an error that a user can act on. No address and no password."""
    said = " ".join(str(error).split()) or type(error).__name__
    return DatabaseError(
        "The database refused, or did not answer",
        where=where,
        why=f"PostgreSQL says: {said.removesuffix('.')}.",
        fix="Look at the address and the rights of its user; `psql` takes the same address.",
    )
