"""What HAProxy logs, counted per revision (`adapters/traffic/_access_log/`).

A request counts once, when it has ended, with the answer that the user got. Where no replica could be reached or
none was healthy HAProxy answers 503, where one broke off 502, and where one breaks off in the middle nothing more:
each is an error of the revision. So is a request without an answer that has no line (`running.unanswered`), also
on the preview address. A request that its client gave up is not counted, nor are others on the preview address.
"""

from collections.abc import Mapping, Sequence

from shipway.adapters.context import Context
from shipway.adapters.traffic._access_log.source import AccessLog, AccessLogMetrics
from shipway.adapters.traffic.haproxy import program, running
from shipway.adapters.traffic.haproxy.build import existing_options
from shipway.adapters.traffic.haproxy.existing.counts import ExistingHaproxyMetrics
from shipway.adapters.traffic.haproxy.master import Master
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.state import load
from shipway.model.revision import RevisionId
from shipway.ports.clock import Clock


def build(options: Mapping[str, object], context: Context) -> AccessLogMetrics | ExistingHaproxyMetrics:
    """The metrics of one service; `options` are those of its data plane."""
    if existing := existing_options(options):
        return ExistingHaproxyMetrics(existing, service=context.service, home=context.home, clock=context.clock)
    return HaproxyMetrics(Home(context.home), context.service, clock=context.clock)


class HaproxyMetrics(AccessLogMetrics):
    """Lines of the log, and what the processes themselves tell."""

    def __init__(self, home: Home, service: str, *, clock: Clock) -> None:
        self.master, self.service = Master(home.master), Service(home, service)
        self._most: dict[tuple[RevisionId, str], int] = {}
        super().__init__(
            AccessLog(product="HAProxy", socket=home.counts, service=service),
            clock=clock,
            in_flight=self._now,
            version=program.version,
            unanswered=self._without_answer,
        )

    def _now(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, int]:
        """Requests in flight in all processes."""
        found = dict.fromkeys(revisions, 0)
        for worker in self.master.workers().listed:
            for server in running.servers(self.master, worker, self.service):
                if server.revision in found:
                    found[server.revision] += server.in_flight
        return found

    def _without_answer(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Mapping[str, int]]:
        """By process, since the revision has its backend. It never falls: that would mean a new process."""
        state = load(self.service.state)
        found: dict[RevisionId, dict[str, int]] = {revision: {} for revision in revisions}
        for worker in self.master.workers().listed if state else ():
            name = f"haproxy-{worker.pid}"
            for slot, count in running.unanswered(self.master, worker, self.service).items():
                revision = state.slots.get(slot) if state else None
                if state and revision in found:
                    own = count - state.unanswered_before.get(slot, {}).get(name, 0)
                    self._most[revision, name] = max(own, self._most.get((revision, name), 0))
                    found[revision][name] = self._most[revision, name]
        return found
