"""What nginx tells of each request, counted per revision by a program beside it.

A request counts once, with the answer that the user got: an attempt that was repeated elsewhere does not. Where no
replica could be reached, or one broke off before it answered, nginx itself answers 503, and that is an error of
the revision. A request that its client gave up before it was answered is not counted. Latencies are those of the
last attempt, in milliseconds. Requests on the preview address are not counted, and copies apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.traffic._access_log.source import AccessLog, AccessLogMetrics
from shipway.adapters.traffic.nginx import processes, program, requests, versions, waiting
from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.adapters.traffic.nginx.places import Home
from shipway.model.revision import RevisionId
from shipway.model.sample import Mirrored
from shipway.ports.clock import Clock

PRODUCT = "nginx"


def build(options: Mapping[str, object], context: Context) -> "NginxMetrics":
    """The metrics of one service; `options` are those of its data plane, and none is needed."""
    return NginxMetrics(service=context.service, home=context.home, clock=context.clock)


class NginxMetrics(AccessLogMetrics):
    """A `MetricSource` that knows replicas, and copies. It reads only, and starts nothing."""

    def __init__(self, *, service: str, home: Path, clock: Clock) -> None:
        self.home, self.service = Home(home), service
        super().__init__(self._log(service), clock=clock, in_flight=self._waiting, version=self._asked_version)

    def _log(self, name: str) -> AccessLog:
        return AccessLog(product=PRODUCT, socket=self.home.counts, service=name)

    def _asked_version(self) -> str:
        """nginx that does not run counts nothing. Raises `PortError`."""
        versions.running(self.home)
        return program.version()

    def _waiting(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, int]:
        """Requests that wait for an answer. Raises `PortError` where nginx does not run."""
        made = versions.made_of(self.home, versions.running(self.home)) or {}
        listed = made[self.service].endpoints if self.service in made else ()
        revision_of = {one.address: one.revision for one in listed}
        ages = waiting.ages()
        idle = NginxOptions().upstream_idle_seconds
        found: Counter[RevisionId] = Counter()
        for one in processes.connections(self.home):
            age = ages.get((one.own_port, one.peer_port))
            if age is not None and one.peer in revision_of and age.waits(idle_seconds=idle):
                found[revision_of[one.peer]] += 1
        return {revision: found[revision] for revision in revisions}

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        """A request that may be copied counts for users once it has its answer; a copy that reaches no replica is
        an error of the revision, as it is not sent again. Raises `PortError`."""
        users, copies = [
            await AccessLogMetrics(
                self._log(name), clock=self.clock, in_flight=lambda _: {}, version=self._asked_version
            ).sample([revision])
            for name in (requests.copiable(self.service), requests.copies(self.service))
        ]
        return Mirrored(users=users[revision], copies=copies[revision])
