"""A mapping whose one key names what is used, with its options below: `platform: {process: {…}}`."""

from typing import Self

from pydantic import model_validator

from shipway.spec.fields import Section
from shipway.spec.problems import Wrong


class Choice(Section):
    """Every field is one thing to choose, and exactly one is chosen."""

    @property
    def name(self) -> str:
        """The word that was chosen."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def options(self) -> Section:
        """What is written below the word."""
        found = getattr(self, self.name)
        assert isinstance(found, Section)
        return found

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        fields = type(self).model_fields
        chosen = [name for name in fields if getattr(self, name) is not None]
        if len(chosen) == 1:
            return self
        known = ", ".join(sorted(fields))
        raise Wrong(
            f"names {', '.join(chosen)}" if chosen else "names nothing",
            why=f"Exactly one of these belongs here, with its options below it: {known}.",
            fix="Keep one." if chosen else f"Write `{next(iter(fields))}:` and its options below.",
        )
