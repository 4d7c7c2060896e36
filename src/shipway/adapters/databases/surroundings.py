"""What else a table is part of, for who plans a change; each dialect looks in its own catalog."""

from collections.abc import Sequence

from msgspec import Struct

from shipway.schema.change import Written

NAMING = ("from", "column", "columns")
"""Options that name columns of the table."""


class Around(Struct, frozen=True, kw_only=True):
    """A view, a function, a policy, a trigger or a foreign key."""

    what: str
    """As the database describes it."""
    columns: tuple[str, ...] = ()
    """Of the table, that it names; none where it is about the whole table, or names it in a text alone."""


def named(step: Written) -> frozenset[str]:
    """The columns of a step."""
    texts: Sequence[str] = [step.options[word] for word in NAMING if word in step.options]
    return frozenset(name.strip() for text in texts for name in text.split(","))


def about(found: Sequence[Around], step: Written) -> tuple[Around, ...]:
    """Of these, what is about the columns of a step, or about the whole table."""
    columns = named(step)
    return tuple(one for one in found if not one.columns or not columns or columns & set(one.columns))
