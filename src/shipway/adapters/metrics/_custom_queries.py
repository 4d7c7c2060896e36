"""The queries of metrics that people define: which to ask, under which name, and the readings they give."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from shipway.adapters.metrics._placeholders import filled
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId


def queries_of(metric: Metric) -> Iterator[tuple[str, str]]:
    """Its queries by their key."""
    yield from ((key, query) for key, query in (("query", metric.query), ("of", metric.of)) if query)


def part_of(metric: Metric, key: str, revision: RevisionId) -> str:
    """The name under which one query is asked and told."""
    return f"guard.metrics.{metric.name}.{key} {revision}"


def asked_for(metrics: Sequence[Metric], revisions: Sequence[RevisionId], service: str) -> dict[str, str]:
    """Every query of every revision, by its name."""
    return {
        part_of(metric, key, revision): filled(query, service, revision)
        for metric in metrics
        for key, query in queries_of(metric)
        for revision in revisions
    }


def readings(
    metrics: Sequence[Metric],
    revisions: Sequence[RevisionId],
    read: Callable[[Metric, RevisionId], Reading | None],
) -> Mapping[str, Mapping[RevisionId, Reading]]:
    """By metric and revision; what has no value is left out."""
    return {
        metric.name: {
            revision: reading for revision in revisions if (reading := read(metric, revision)) is not None
        }
        for metric in metrics
        if metric.query
    }
