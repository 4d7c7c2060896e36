"""Asks before the one step that has no way back."""

from shipway.adapters.databases.postgres.runner import ChangeRefused, Evidence


def refuse(found: Evidence, *, where: str) -> None:
    """Raises `ChangeRefused` where a proof is missing that can be had."""
    reasons = {
        "Rows are wrong.": (found.wrong, "Run `shipway schema backfill` again."),
        "Its hold is not over.": (found.waits_seconds, "Wait; the hold stands in the file."),
        "Other objects use the old column.": (found.dependents, "Change or drop them first."),
        "Statements that name the old column were counted.": (
            found.used,
            "Reset the counts with SELECT pg_stat_statements_reset(), wait, and look again.",
        ),
    }
    for why, (is_so, fix) in reasons.items():
        if is_so:
            raise ChangeRefused("The old shape stays", where=where, why=why, fix=fix)
