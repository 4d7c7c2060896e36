"""What a custom metric's query gives: one number, or what is wrong with it."""

import math

from msgspec.structs import replace

from shipway.adapters.metrics._custom_queries import part_of, queries_of
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics.prometheus.api import Item, Vector, labelled
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId

SHOWN_SERIES = 3


def reading_of(metric: Metric, vector: Vector, revision: RevisionId) -> Reading | None:
    """Its values for a revision, where it has any."""
    found = {
        key: number_of(metric, key, vector.parts.get(part_of(metric, key, revision), ()))
        for key, _ in queries_of(metric)
    }
    value, of = found.get("query"), found.get("of")
    if value is None or (metric.of and of is None):
        return None
    return Reading(at=vector.at, value=value, of=of)


def number_of(metric: Metric, key: str, items: tuple[Item, ...]) -> float | None:
    """The one number; none where there is no series, or NaN: nothing divided by nothing. Raises `QueryWrong`."""
    where = f"guard.metrics.{metric.name}.{key}"
    if len(items) > 1:
        more = f", and {len(items) - SHOWN_SERIES} more" if len(items) > SHOWN_SERIES else ""
        raise QueryWrong(
            f"the metric {metric.name} gives {len(items)} series where one number is meant",
            where=where,
            why=f"It came back as {labelled(_apart(items)[:SHOWN_SERIES])}{more}.",
            fix="Sum them: `sum(…)`.",
        )
    if not items or (items[0].value and math.isnan(items[0].number)):
        return None
    if math.isfinite(items[0].number):
        return items[0].number
    raise QueryWrong(
        f"the metric {metric.name} gives what is no number",
        where=where,
        why=f"It came back as {labelled(items)}.",
        fix="Ask for one finite number; of a native histogram, histogram_count(…) or histogram_sum(…).",
    )


def _apart(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """With the labels only that tell them apart."""
    same = frozenset.intersection(*(frozenset(item.metric.items()) for item in items)) if items else frozenset()
    return tuple(
        replace(item, metric={key: value for key, value in item.metric.items() if (key, value) not in same})
        for item in items
    )
