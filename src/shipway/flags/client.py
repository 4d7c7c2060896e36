"""`FeatureFlags`: the flags of a file, asked in one process."""

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shipway.errors import ShipwayError
from shipway.flags.evaluate import Decide, Decision, Evaluator, compile_file
from shipway.flags.explaining import Explanation, explained, unknown
from shipway.flags.model import Flag, FlagFile
from shipway.flags.schedule import as_of, next_change
from shipway.flags.source import FileSource, Source, TextSource
from shipway.flags.watching import Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
LOOK_SECONDS = 1.0
NOTED_MAX = 1_000
log = logging.getLogger("shipway.flags")


class FeatureFlags:
    """Flags that are ready when the call returns, and follow their file afterwards.

    Without a path it is the one that SHIPWAY_FLAGS names, or the nearest `feature-flags.yaml` from the working
    directory upwards. Raises `InputErrors` where that file is missing or wrong; later on a wrong file changes
    nothing. Questions never raise: what cannot be answered has the default. They may come from any thread, from
    an event loop and from forked children.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, look_seconds: float = LOOK_SECONDS) -> None:
        if path is None:
            from shipway.flags.load import find

            path = find(Path.cwd())
        self._open(FileSource(Path(path)))
        self._watch: Watch | None = Watch(self._look, look_seconds)

    @classmethod
    def of(cls, text: str = "features: {}") -> "FeatureFlags":
        """Flags of a YAML text, in memory: for tests, or delivered with the program."""
        made = cls.__new__(cls)
        made._open(TextSource(text))
        made._watch = None
        return made

    def _open(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._overrides: dict[str, Evaluator] = {}
        self._evaluators: Mapping[str, Evaluator] = {}
        self._deciders: Mapping[str, Decide] = {}
        self._noted: set[str] = set()
        self._next_change: float | None = None
        self._stamp = source.stamp()
        self._file = source.load()
        self._swap(self._file)

    def is_enabled(self, key: str, context: Mapping[str, object] | None = None, /, **attributes: object) -> bool:
        """Whether a user has the flag. The user is what is passed by name, added to the context.

        `default=True` is the answer where there is no such flag, or it cannot be asked; False otherwise. It is
        taken from the attributes, because a parameter of its own would cost each call a fifth.
        """
        try:
            if context is None:
                return self._deciders[key](attributes).enabled
            return self._deciders[key]({**context, **attributes} if attributes else context).enabled
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            self._note(key, error)
            return attributes.get("default", False) is True

    def variant(
        self,
        key: str,
        context: Mapping[str, object] | None = None,
        /,
        *,
        default: str | None = None,
        **attributes: object,
    ) -> str | None:
        """The variant that a user has; the default where the flag is off or has none."""
        try:
            user = {**context, **attributes} if context is not None else attributes
            evaluator = self._evaluators[key]
            found = evaluator.variant(user, evaluator.decide(user))
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            self._note(key, error)
            return default
        return default if found is None else found

    def value(
        self, key: str, default: T, context: Mapping[str, object] | None = None, /, **attributes: object
    ) -> T:
        """The value that a user has; the default where the flag is off, has none, or has one of another type."""
        try:
            user = {**context, **attributes} if context is not None else attributes
            evaluator = self._evaluators[key]
            found = evaluator.value(user, evaluator.decide(user))
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            self._note(key, error)
            return default
        return found if found is not None and _is_like(found, default) else default

    def explain(
        self, key: str, context: Mapping[str, object] | None = None, /, **attributes: object
    ) -> Explanation:
        """The answer with its reason in one sentence."""
        try:
            user = {**context, **attributes} if context is not None else attributes
            evaluator = self._evaluators[key]
            return explained(evaluator, user, evaluator.decide(user))
        except KeyError:
            return unknown(key, "there is no flag of this name, so code gets its default.")
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            return unknown(key, f"it could not be asked ({error!r}), so code gets its default.")

    def are_enabled(self, key: str, **columns: Any) -> "NDArray[Any]":
        """`is_enabled` for many users at once: arrays of equal length by attribute, an array of booleans back.

        Raises `KeyError` for a flag that is not there, and `ValueError` for arrays of different lengths.
        """
        from shipway.flags.batch import are_enabled

        return are_enabled(self._evaluators, key, columns)

    def flags(self) -> Mapping[str, Flag]:
        """All flags as they are written, by name."""
        return self._file.features

    def enable_for_percentage(self, key: str, percentage: float) -> None:
        """Write to the file: so many users have the flag from now on. A flag that is not there is added.

        Raises `ShipwayError` where the file cannot be written, `ValueError` outside of 0 to 100.
        """
        if not 0 <= percentage <= 100:
            raise ValueError(f"{percentage} is not a percentage")
        written = f"{percentage:.3f}".rstrip("0").rstrip(".")
        self._write({("features", key, "enabled"): "true", ("features", key, "rollout", "percentage"): written})

    def enable_for_all(self, key: str) -> None:
        """Write to the file: 100%."""
        self.enable_for_percentage(key, 100)

    def kill(self, key: str) -> None:
        """Write to the file: off for everybody, whatever else is said, until it is restored."""
        self._write({("features", key, "kill"): "true"})

    def restore(self, key: str) -> None:
        """Write to the file: no longer killed."""
        self._write({("features", key, "kill"): "false"})

    @contextmanager
    def override(
        self, key: str, enabled: bool = True, *, variant: str | None = None, value: object = None
    ) -> Iterator[None]:
        """In this process, until the block ends, everybody has this answer."""
        decision = Decision(enabled, "override", "", variant)
        made = Evaluator(lambda user: decision, lambda user: None, {variant: value, None: value}, Flag(name=key))
        before = self._overrides.get(key)
        self._override(key, made)
        try:
            yield
        finally:
            self._override(key, before)

    def close(self) -> None:
        """Follow the file no longer. Questions are answered as before."""
        if self._watch is not None:
            self._watch.close()

    def after_fork(self) -> None:
        """In a forked child: nobody holds the lock here."""
        self._lock = threading.Lock()

    def _override(self, key: str, evaluator: Evaluator | None) -> None:
        with self._lock:
            if evaluator is None:
                self._overrides.pop(key, None)
            else:
                self._overrides[key] = evaluator
            self._swap(self._file)

    def _write(self, changes: Mapping[tuple[str, ...], str]) -> None:
        from shipway.flags.editing import changed

        with self._lock:
            self._source.edit(lambda text: changed(text, changes, file="the file of flags"))
            self._reload()

    def _look(self) -> None:
        """What the watch calls: load what has changed, and keep what was there where that fails."""
        is_due = self._next_change is not None and time.time() >= self._next_change
        if self._source.stamp() == self._stamp and not is_due:
            return
        try:
            with self._lock:
                self._reload()
        except ShipwayError as error:
            log.warning("the flags stay as they were:\n%s", error)

    def _reload(self) -> None:
        """The stamp is taken first, so that a change while reading is seen the next time."""
        self._stamp = self._source.stamp()
        if self._stamp is not None:
            self._file = self._source.load()
        self._swap(self._file)

    def _swap(self, file: FlagFile) -> None:
        """Readers have the former flags or the new ones, and wait for nothing."""
        now = time.time()
        compiled = compile_file(as_of(file, now))
        self._next_change = next_change(file, now)
        self._evaluators = {**compiled, **self._overrides}
        self._deciders = {key: evaluator.decide for key, evaluator in self._evaluators.items()}

    def _note(self, key: str, error: Exception) -> None:
        """Once per flag, so that a log does not fill."""
        if key not in self._noted and len(self._noted) < NOTED_MAX:
            self._noted.add(key)
            said = "there is no such flag" if isinstance(error, KeyError) else repr(error)
            log.warning("%s has its default: %s", key, said)


def _is_like(found: object, default: object) -> bool:
    """Whether the code that gave the default can use the value."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(found, bool):
        return isinstance(default, bool) and isinstance(found, bool)
    if isinstance(default, float):
        return isinstance(found, int | float)
    return isinstance(found, type(default))
