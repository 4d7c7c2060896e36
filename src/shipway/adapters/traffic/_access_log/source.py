"""A source of metrics over what the program has counted."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.traffic._access_log.tally import Counted, Told
from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.clock import Clock

TIMEOUT_SECONDS = 2.0
CHUNK_BYTES = 65_536
BOUNDS_SECONDS = tuple(bound / 1000 for bound in BOUNDS_MILLISECONDS)

InFlight = Callable[[Sequence[RevisionId]], Mapping[RevisionId, int]]
Unanswered = Callable[[Sequence[RevisionId]], Mapping[RevisionId, Mapping[str, int]]]
"""Requests that ended without an answer and without a line, by revision and process; cumulative."""


def _none(revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Mapping[str, int]]:
    """Every request that ended has a line."""
    return {}


class AccessLog(Struct, frozen=True, kw_only=True):
    """Where one product's counts of one service are asked."""

    product: str
    """`HAProxy`, for people."""
    socket: Path
    service: str

    def told(self) -> Told:
        """What was counted until now. Blocks. Raises `PortError` when nobody answers."""
        try:
            return msgspec.json.decode(self._asked(), type=Told)
        except (OSError, msgspec.DecodeError) as error:
            raise PortError(
                f"nobody counts what {self.product} logs",
                where=str(self.socket),
                why=f"The program that does it does not answer: {error}.",
                fix="The supervisor starts it again; its log beside the socket says what keeps it from running.",
            ) from error

    def _asked(self) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.settimeout(TIMEOUT_SECONDS)
            asked.connect(str(self.socket))
            asked.sendall(self.service.encode() + b"\n")
            return b"".join(iter(lambda: asked.recv(CHUNK_BYTES), b""))


class AccessLogMetrics:
    """A `MetricSource` that knows replicas. It reads only, and starts nothing."""

    def __init__(
        self,
        log: AccessLog,
        *,
        clock: Clock,
        in_flight: InFlight,
        version: Callable[[], str],
        unanswered: Unanswered = _none,
    ) -> None:
        self.log, self.clock, self._in_flight, self._version = log, clock, in_flight, version
        self._unanswered = unanswered

    async def check(self) -> str:
        """`HAProxy 2.6.12, counted at …/counts.sock`. Raises `PortError` when it does not answer."""
        return await asyncio.to_thread(self._check)

    def _check(self) -> str:
        self.log.told()
        return f"{self.log.product} {self._version()}, counted at {self.log.socket}"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions at one instant. Raises `PortError`."""
        return await asyncio.to_thread(self._sample, tuple(revisions))

    def _sample(self, revisions: tuple[RevisionId, ...]) -> Mapping[RevisionId, Sample]:
        at, told = self.clock.now(), self.log.told()
        in_flight, unanswered = self._in_flight(revisions), self._unanswered(revisions)
        return {
            revision: Sample(
                revision=revision,
                at=at,
                series={
                    **_summed(told.source, told.counts.get(revision, {}).values()),
                    **{name: _lost(count) for name, count in unanswered.get(revision, {}).items() if count},
                },
                bounds_seconds=BOUNDS_SECONDS,
                in_flight=in_flight.get(revision, 0),
                is_prompt=True,
            )
            for revision in revisions
        }

    async def by_replica(self, revision: RevisionId) -> Sample:
        """By address. What the proxy answers by itself is that of whom it tried last. Raises `PortError`."""
        told = await asyncio.to_thread(self.log.told)
        series = {address: _counts((one,)) for address, one in told.counts.get(revision, {}).items()}
        return Sample(
            revision=revision,
            at=self.clock.now(),
            series=series,
            bounds_seconds=BOUNDS_SECONDS,
            is_prompt=True,
        )


def _summed(source: str, replicas: Iterable[Counted]) -> dict[str, Counts]:
    listed = tuple(replicas)
    return {source: _counts(listed)} if listed else {}


def _lost(count: int) -> Counts:
    return Counts(requests=count, errors=count, buckets=(0,) * len(BOUNDS_MILLISECONDS), timed=0)


def _counts(replicas: Sequence[Counted]) -> Counts:
    return Counts(
        requests=sum(one.requests for one in replicas),
        errors=sum(one.errors for one in replicas),
        latency_sum_seconds=sum(one.seconds for one in replicas),
        buckets=tuple(map(sum, zip(*(one.buckets for one in replicas), strict=True))),
        timed=sum(one.timed for one in replicas),
    )
