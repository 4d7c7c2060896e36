"""What can be wrong with the user's words. Each class is a page in `docs/errors/`."""

from collections.abc import Sequence

from shipway.errors import ShipwayError, UnknownName

SHOWN_MAX = 20
"""More than that is one problem that makes many, such as a wrong file."""


class FileMissing(ShipwayError):
    """There is no release file, or it cannot be read."""

    code = "file-missing"


class NotYaml(ShipwayError):
    """The text is not YAML, or YAML that Shipway does not take."""

    code = "yaml"


class DuplicateKey(ShipwayError):
    """A key stands twice in one mapping."""

    code = "duplicate-key"


class UnknownKey(ShipwayError):
    """A key that nothing reads."""

    code = "unknown-key"


class MissingKey(ShipwayError):
    """A key without a default is not there."""

    code = "missing-key"


class WrongValue(ShipwayError):
    """A value of the wrong kind, or outside its range."""

    code = "wrong-value"


class WrongUnit(ShipwayError):
    """A number without its unit, or with one that does not fit."""

    code = "wrong-unit"


class WrongShares(ShipwayError):
    """Canary stages that fall, repeat or do not end at 100%."""

    code = "canary-shares"


class WrongSchedule(ShipwayError):
    """Five fields of a crontab that are none, or that never come."""

    code = "cron-expression"


class WrongVersion(ShipwayError):
    """A version that cannot be part of a revision's name."""

    code = "version"


class ConfigurationFiles(ShipwayError):
    """A pattern under `files:` matches nothing, too much, or something unreadable."""

    code = "config-files"


class InputErrors(ShipwayError):
    """Everything that is wrong with one file, in the order of its lines.

    With one error inside it reads and behaves as that one.
    """

    code = "input"

    def __init__(self, errors: Sequence[ShipwayError], *, file: str) -> None:
        first = errors[0]
        if len(errors) == 1:
            super().__init__(first.what, where=first.where, why=first.why, fix=first.fix)
            self.code = first.code
        else:
            super().__init__(f"{file} has {len(errors)} problems", where=first.where)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        texts = [str(error) for error in self.errors[:SHOWN_MAX]]
        if len(self.errors) > 1:
            shown = f", the first {SHOWN_MAX} of them above" if len(self.errors) > SHOWN_MAX else ""
            texts.append(f"{self.what}{shown}.")
        return "\n\n".join(texts)


class Wrong(ValueError):
    """What a field's parser says about a value, before anyone knows where it stands.

    `at` leads from the field that is being read to the part that is wrong.
    """

    def __init__(self, what: str, *, why: str, fix: str, at: tuple[str | int, ...] = ()) -> None:
        super().__init__(what)
        self.what, self.why, self.fix, self.at = what, why, fix, at

    error: type[ShipwayError] = WrongValue


class WrongUnitHere(Wrong):
    """Becomes a `WrongUnit`."""

    error = WrongUnit


class WrongSharesHere(Wrong):
    """Becomes a `WrongShares`."""

    error = WrongShares


class NoSuchName(Wrong):
    """Becomes an `UnknownName`."""

    error = UnknownName


class WrongScheduleHere(Wrong):
    """Becomes a `WrongSchedule`."""

    error = WrongSchedule
