"""A value that is worked out when it is first asked for. `functools.cached_property` without its lock."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class once(Generic[Owner, Value]):
    """For objects that never change and that one thread reads."""

    def __init__(self, work_out: Callable[[Owner], Value]) -> None:
        self.work_out, self.name, self.__doc__ = work_out, work_out.__name__, work_out.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Owner]) -> "once[Owner, Value]": ...
    @overload
    def __get__(self, owner: Owner, kind: type[Owner]) -> Value: ...
    def __get__(self, owner: Any, kind: Any) -> Any:
        """Work it out and leave it in the owner's own dictionary, where the next look finds it first."""
        if owner is None:
            return self
        value = owner.__dict__[self.name] = self.work_out(owner)
        return value
