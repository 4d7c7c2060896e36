"""`shipway schema`: changes of a database schema that users do not notice."""

from cyclopts import App

WORDS = (
    "lint",
    "new",
    "plan",
    "status",
    "expand",
    "backfill",
    "verify",
    "switch",
    "usage",
    "snapshot",
    "contract",
    "thaw",
    "revert",
    "restore",
    "diff",
    "compensate",
)
schema = App(name="schema", help="Change a database schema while it is used.", help_flags=(), version_flags=())
for _word in WORDS:
    schema.command(f"shipway.cli.schema.{_word}:{_word}", name=_word)
