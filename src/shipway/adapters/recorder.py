"""Writes what the guard saw of each release into a file: `shipway replay` judges it again by another policy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from msgspec.structs import replace

from shipway.engine import record
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.engine.tick import Service
from shipway.model.recording import RecordedLook
from shipway.model.verdict import Kind
from shipway.spec.recordings import head_line, look_line, outcome_line, recordings

LOOK_SECONDS = 5.0
"""Between two looks that are written; counts are since the run began, so none is lost."""
LOOKS_PART = 2_000
"""Between two looks at least this part of the time since the release began: a release that is held for a month has
some 16,000 looks, not two million. Counts are sums, so none is lost."""
FIRST_BAD_LOOKS = 3
FILES_MAX = 50
"""Of one service; the oldest go."""
log = structlog.get_logger()


@dataclass
class _Open:
    """A recording under way."""

    run: int
    path: Path
    at: float
    bounds_seconds: tuple[float, ...]
    begun: float
    bad_looks: int = 0
    stage: int = -1


@dataclass
class Recorder:
    """Notes one look now and then. Every method blocks. What cannot be written is logged, and harms no release."""

    folder: Callable[[str], Path]
    """Of a service's recordings."""
    _open: dict[str, _Open] = field(default_factory=dict)

    def note(self, service: Service) -> None:
        """The newest look of a run, if one is due; its end, if it has ended."""
        try:
            self._note(service)
        except OSError as error:
            log.warning("a release is not recorded", service=service.name, error=str(error))

    def _note(self, service: Service) -> None:
        run, evidence = service.state.run, service.evidence
        now = self._open.get(service.name)
        if now is not None and (run is None or run.id != now.run):
            self._end(service, now)
        if run is None or run.plan.base is None or evidence.run != run.id or not evidence.before:
            return
        now = self._opened(service, run)
        if _is_due(evidence, now):
            self._append(now.path, look_line(_within(record.look(run, evidence), now)))
            now.at, now.bad_looks, now.stage = evidence.at, evidence.tally.bad_scrapes, _stage(evidence)

    def _opened(self, service: Service, run: Run) -> _Open:
        """The run's file, begun anew or, after another controller, gone on with."""
        found = self._open.get(service.name)
        if found is not None and found.run == run.id:
            return found
        path = self.folder(service.name) / f"{run.plan.candidate}-{run.id}.jsonl"
        head = record.head(run, service.evidence, name=f"{run.plan.candidate}-{run.id}")
        if path.exists() and path.stat().st_size:
            head = next(iter(recordings(path)), head)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prune(path.parent)
            self._append(path, head_line(head))
            self._append(path, look_line(record.beginning(run, service.evidence)))
        self._open[service.name] = _Open(run.id, path, service.evidence.at, head.bounds_seconds, run.started_at)
        return self._open[service.name]

    def _prune(self, folder: Path) -> None:
        files = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        for path in files[: max(0, len(files) - FILES_MAX + 1)]:
            path.unlink(missing_ok=True)

    def _end(self, service: Service, now: _Open) -> None:
        past = next((past for past in reversed(service.state.past) if past.id == now.run), None)
        if past is not None:
            self._append(now.path, outcome_line(past.outcome))
        del self._open[service.name]

    def _append(self, path: Path, line: bytes) -> None:
        with path.open("ab") as file:
            file.write(line + b"\n")


def _is_due(evidence: Evidence, now: _Open) -> bool:
    """Now and then; where a stage begins; and each look that a proof may stand on, since one bad look alone
    convicts nobody."""
    if evidence.at <= now.at:
        return False
    if _stage(evidence) != now.stage:
        return True
    is_among_first = now.bad_looks < evidence.tally.bad_scrapes <= FIRST_BAD_LOOKS
    least = 0.0 if evidence.verdict.kind == Kind.HARMFUL else LOOK_SECONDS
    return is_among_first or evidence.at - now.at >= max(least, (evidence.at - now.begun) / LOOKS_PART)


def _stage(evidence: Evidence) -> int:
    return evidence.tally.spell.index if evidence.tally.spell else -1


def _within(look: RecordedLook, now: _Open) -> RecordedLook:
    """Without latency where its bounds are no longer those that the recording began with."""
    arms = [arm for arm in (look.stable, look.candidate) if arm is not None]
    if all(len(arm.buckets) in (0, len(now.bounds_seconds)) for arm in arms):
        return look
    bare = replace(look.candidate, buckets=(), timed=None)
    return replace(
        look, candidate=bare, stable=replace(look.stable, buckets=(), timed=None) if look.stable else None
    )
