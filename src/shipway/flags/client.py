"""`FeatureFlags`: the flags of a file, asked in one process."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shipway.errors import ShipwayError
from shipway.flags.asked import note, noting, ramped_flags
from shipway.flags.evaluate import Decide, Decision, Evaluator, compile_file
from shipway.flags.explaining import Explanation, explained, unknown
from shipway.flags.model import Flag, FlagFile
from shipway.flags.schedule import as_of, next_change
from shipway.flags.source import FileSource, Source, Stamp, TextSource
from shipway.flags.watching import Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shipway.flags.remote.exposures import Exposures
    from shipway.flags.remote.opening import Bootstrap, Folder

T = TypeVar("T")
Listener = Callable[[frozenset[str]], None]
LOOK_SECONDS = 1.0
START_SECONDS = 5.0
NOTED_MAX = 1_000
DATABASES = ("sqlite:///", "postgresql://", "postgres://")
log = logging.getLogger("shipway.flags")


class FeatureFlags:
    """Flags that are ready when the call returns, and follow their file or their server afterwards.

    Without a path it is what SHIPWAY_FLAGS names, a file or the address of a server or of its database, or the
    nearest `feature-flags.yaml` from the working directory upwards. Raises `InputErrors` where that file is
    missing or wrong, and `DatabaseAway`; later on a wrong file or a database that is away changes nothing.
    Questions never raise: what cannot be answered has the default. They may come from any thread, from an event
    loop and from forked children.

    A server is waited for at most `start_seconds`. Without it flags begin with what it said last (`cache`: a
    folder, or None for no such file), then with `bootstrap` (a file of flags, or its data), then with none.
    """

    _source: Source
    _watch: Watch | None
    _exposures: "Exposures | None"

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        token: str | None = None,
        environment: str | None = None,
        cache: "Folder" = "",
        bootstrap: "Bootstrap" = None,
        is_offline: bool = False,
        counts_exposures: bool = True,
        start_seconds: float = START_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._prepare()
        if path is None:
            from shipway.flags.load import named

            path = named(Path.cwd())
        if is_address(path):
            from shipway.flags.remote.opening import Opening, begin, server_source

            opening = Opening(
                token=token,
                environment=environment,
                start_seconds=start_seconds,
                cache=cache,
                bootstrap=bootstrap,
                is_offline=is_offline,
            )
            source = server_source(str(path), opening, self._look)
            self._source = source
            self._exposures = source.exposures if counts_exposures else None
            begin(source, opening)
            weakref.finalize(self, source.close)
        elif is_database(path):
            from shipway.flags.database import DatabaseSource

            self._source = DatabaseSource(str(path), environment)
        else:
            self._source = FileSource(Path(path))
        self._begin()
        self._watch = None if is_offline else Watch(self._look, look_seconds)

    @classmethod
    def of(cls, text: str = "features: {}") -> "FeatureFlags":
        """Flags of a YAML text, in memory: for tests, or delivered with the program."""
        made = cls.__new__(cls)
        made._prepare()
        made._source = TextSource(text)
        made._begin()
        return made

    def _prepare(self) -> None:
        self._watch = None
        self._exposures = None
        self._ramped = ramped_flags(os.environ)
        self._lock = threading.Lock()
        self._overrides: dict[str, Evaluator] = {}
        self._evaluators: Mapping[str, Evaluator] = {}
        self._deciders: Mapping[str, Decide] = {}
        self._noted: set[str] = set()
        self._next_change: float | None = None
        self._stamp: Stamp | None = None
        self._file = FlagFile()
        self._listeners: tuple[Listener, ...] = ()
        self._stale_listeners: tuple[Callable[[bool], None], ...] = ()
        self._was_stale = False

    def _begin(self) -> None:
        with self._lock:
            self._stamp = self._source.stamp()
            self._file = self._source.load()
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
            self.note(key, error)
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
            decision = evaluator.decide(user)
            found = evaluator.variant(user, decision)
            self.count(key, decision, found, user)
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            self.note(key, error)
            return default
        return default if found is None else found

    def value(
        self, key: str, default: T, context: Mapping[str, object] | None = None, /, **attributes: object
    ) -> T:
        """The value that a user has; the default where the flag is off, has none, or has one of another type."""
        try:
            user = {**context, **attributes} if context is not None else attributes
            evaluator = self._evaluators[key]
            decision = evaluator.decide(user)
            found = evaluator.value(user, decision)
            if self.counts_exposures or key in self._ramped:
                self.count(key, decision, evaluator.variant(user, decision), user)
        except Exception as error:  # noqa: BLE001 - a flag never breaks the code that asks for it
            self.note(key, error)
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

    def evaluators(self) -> Mapping[str, Evaluator]:
        """All flags as they are asked, by name: what another interface to flags is made of."""
        return self._evaluators

    @property
    def counts_exposures(self) -> bool:
        """Whether answers are counted."""
        return self._exposures is not None

    def count(self, key: str, decision: Decision, variant: str | None, user: Mapping[str, Any]) -> None:
        """Count an answer that another interface has given, where answers are counted."""
        if self._exposures is not None:
            found = self._evaluators.get(key)
            known_by = None if found is None else user.get(found.flag.rollout.by)
            self._exposures.add((key, variant or ("on" if decision.enabled else "off")), known_by)
        if key in self._ramped:
            note(key, decision)

    def subscribe(self, listener: Listener) -> None:
        """Call with the names of flags that were changed, from a thread of ours, until it is closed."""
        self._listeners += (listener,)

    def subscribe_staleness(self, listener: Callable[[bool], None]) -> None:
        """Call when the server cannot be heard any more (True), and when it is heard again."""
        self._stale_listeners += (listener,)

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

    @property
    def is_stale(self) -> bool:
        """Whether flags come from a server that cannot be heard now. Questions are answered as it said last."""
        return self._source.is_stale

    def close(self) -> None:
        """Follow the file or the server no longer. Questions are answered as before."""
        if self._watch is not None:
            self._watch.close()
        self._source.close()

    def after_fork(self) -> None:
        """In a forked child: nobody holds the lock here, and nobody follows."""
        self._lock = threading.Lock()
        self._source.after_fork()

    def _override(self, key: str, evaluator: Evaluator | None) -> None:
        with self._lock:
            if evaluator is None:
                self._overrides.pop(key, None)
            else:
                self._overrides[key] = evaluator
            self._swap(self._file)

    def _write(self, changes: Mapping[tuple[str, ...], str]) -> None:
        self._source.write(changes)
        with self._lock:
            self._reload()

    def _look(self) -> None:
        """What the watch calls: load what has changed, and keep what was there where that fails."""
        if self._exposures is not None:
            self._exposures.flush_when_due()
        self._tell_staleness()
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
        before = self._file
        self._stamp = self._source.stamp()
        if self._stamp is not None:
            self._file = self._source.load()
        self._swap(self._file)
        self._tell(before)

    def _tell_staleness(self) -> None:
        if self.is_stale != self._was_stale:
            self._was_stale = not self._was_stale
            for listener in self._stale_listeners:
                listener(self._was_stale)

    def _tell(self, before: FlagFile) -> None:
        """All flags where something that several share has changed, or a scheduled change has come."""
        if self._listeners:
            after = self._file
            names = before.features.keys() | after.features.keys()
            if replace(before, features={}) == replace(after, features={}) and before is not after:
                names = {name for name in names if before.features.get(name) != after.features.get(name)}
            for listener in self._listeners:
                listener(frozenset(names))

    def _swap(self, file: FlagFile) -> None:
        """Readers have the former flags or the new ones, and wait for nothing."""
        now = time.time()
        compiled = compile_file(as_of(file, now))
        self._next_change = next_change(file, now)
        self._evaluators = {**compiled, **self._overrides}
        self._deciders = {key: self._decider(key, evaluator) for key, evaluator in self._evaluators.items()}

    def _decider(self, key: str, evaluator: Evaluator) -> Decide:
        decide = evaluator.decide if self._exposures is None else _counted(evaluator, self._exposures.add)
        return noting(key, decide) if key in self._ramped else decide

    def note(self, key: str, error: Exception) -> None:
        """Log what could not be asked: once per flag, so that a log does not fill."""
        if key not in self._noted and len(self._noted) < NOTED_MAX:
            self._noted.add(key)
            said = "there is no such flag" if isinstance(error, KeyError) else repr(error)
            log.warning("%s has its default: %s", key, said)


def is_database(path: str | os.PathLike[str]) -> bool:
    """Whether it is a database that is named."""
    return isinstance(path, str) and path.startswith(DATABASES)


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether it is a server that is named, not a file."""
    return isinstance(path, str) and path.startswith(("http://", "https://"))


def _counted(evaluator: Evaluator, add: Callable[[tuple[str, str], object], None]) -> Decide:
    """The same answers, counted as `on` and `off`."""
    decide, on, off = evaluator.decide, (evaluator.flag.name, "on"), (evaluator.flag.name, "off")
    by = evaluator.flag.rollout.by

    def ask(user: Mapping[str, Any]) -> Decision:
        found = decide(user)
        add(on if found.enabled else off, user.get(by))
        return found

    return ask


def _is_like(found: object, default: object) -> bool:
    """Whether the code that gave the default can use the value."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(found, bool):
        return isinstance(default, bool) and isinstance(found, bool)
    if isinstance(default, float):
        return isinstance(found, int | float)
    return isinstance(found, type(default))
