"""Looks at what became of copied requests, while the stage copies some."""

from msgspec.structs import replace

from shipway.analysis.combine import combined
from shipway.analysis.copies import Copies, absorbed, begun, verdict_of_copies
from shipway.analysis.judge import blind
from shipway.engine.guard import Evidence
from shipway.engine.ports import Ports
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Mirrored
from shipway.model.share import TOTAL
from shipway.model.verdict import Kind
from shipway.ports.metric_source import MetricSource
from shipway.ports.mirror_counts import MirrorCounts


class ByVersion:
    """Counts copies where the data plane does not: before it has users, all that a version is asked is copied.

    Users' requests are those of all methods, so copies of some methods are compared with more than the same.
    """

    def __init__(self, source: MetricSource, users: RevisionId) -> None:
        self._source, self._users = source, users

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        """Both as the source counts them. Raises `PortError`."""
        found = await self._source.sample([self._users, revision])
        return Mirrored(users=found[self._users], copies=found[revision])


def source_of(ports: Ports, run: Run) -> MirrorCounts | None:
    """Who counts copies in this run; none where nobody counts at all."""
    if ports.mirror_counts is not None or ports.metrics is None or run.plan.base is None:
        return ports.mirror_counts
    return ByVersion(ports.metrics, run.plan.base)


async def look(evidence: Evidence, run: Run, source: MirrorCounts | None, *, now: float) -> Evidence:
    """The evidence with one look at copies: before there are users, nothing else speaks of the candidate."""
    mirror = run.stage.route.mirror
    if mirror is None or source is None or run.back is not None:
        return evidence
    copies = evidence.copies if evidence.copies.row == run.row else _begun(evidence, run)
    try:
        copies = absorbed(copies, await source.mirrored(mirror.revision))
        said = verdict_of_copies(copies, run.plan.guard, now=now)
    except PortError as error:
        said = blind(error.what)
    others = () if evidence.verdict.kind == Kind.NOT_ENOUGH else (evidence.verdict,)
    return replace(evidence, copies=copies, verdict=combined((said, *others)) or said)


def _begun(evidence: Evidence, run: Run) -> Copies:
    mirror, stay = run.stage.route.mirror, run.stage.stay
    share = mirror.share / TOTAL if mirror else 0.0
    seconds = max(stay.bake, stay.minimum, run.plan.guard.interval)
    return begun(run.row, share=share, stay_seconds=seconds, noise=evidence.tally.compared.noise)
