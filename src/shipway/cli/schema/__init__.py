"""`shipway schema`: changes of a database schema that users do not notice."""

from cyclopts import App

schema = App(name="schema", help="Change a database schema while it is used.", help_flags=(), version_flags=())
for _word in ("lint",):
    schema.command(f"shipway.cli.schema.{_word}:{_word}", name=_word)
