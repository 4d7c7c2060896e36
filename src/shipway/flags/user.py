"""The flags of one user: who asks is said once, and only if somebody asks."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from shipway.flags.client import FeatureFlags
from shipway.flags.explaining import Explanation

T = TypeVar("T")
Attributes = Mapping[str, object]


class UserFlags:
    """As `FeatureFlags`, for one user: a mapping, or what gives one at the first question.

    Questions never raise; a user that cannot be told is one without attributes.
    """

    __slots__ = ("_attributes", "_flags", "_user")

    def __init__(self, flags: FeatureFlags, user: Attributes | Callable[[], Attributes]) -> None:
        self._flags, self._user = flags, user
        self._attributes: Attributes | None = None if callable(user) else user

    @property
    def attributes(self) -> Attributes:
        """What the user is known by; asked for at the first question."""
        if self._attributes is None:
            assert callable(self._user)
            try:
                self._attributes = self._user()
            except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
                self._flags.note("the user", error)
                self._attributes = {}
        return self._attributes

    def is_enabled(self, key: str, **more: object) -> bool:
        """Whether the user has the flag; `default=True` where there is no such flag."""
        return self._flags.is_enabled(key, self.attributes, **more)

    def variant(self, key: str, *, default: str | None = None, **more: object) -> str | None:
        """The user's variant."""
        return self._flags.variant(key, self.attributes, default=default, **more)

    def value(self, key: str, default: T, **more: object) -> T:
        """The user's value."""
        return self._flags.value(key, default, self.attributes, **more)

    def explain(self, key: str, **more: object) -> Explanation:
        """The answer with its reason."""
        return self._flags.explain(key, self.attributes, **more)
