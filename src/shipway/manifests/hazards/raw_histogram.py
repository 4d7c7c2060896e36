"""A quantile of counters that only grow."""

import re
from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.manifest import Key, Manifest
from shipway.manifests.setting import Setting

QUANTILE = re.compile(r"histogram_quantile\s*\(\s*([0-9.]+)\s*,")
INNER = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?")
QUERIES: dict[str, tuple[Key, ...]] = {"MetricTemplate": ("spec", "query")}


def find(setting: Setting) -> Iterator[Found]:
    """In Flagger's templates, Argo's, and rules of the Prometheus operator."""
    for one in setting.manifests:
        for at in _places(one):
            query = one.at(*at)
            better = rewritten(query) if isinstance(query, str) else None
            if better is not None:
                yield Found(
                    what=f"{one.called} takes a quantile of counters since the pods began, of all that ever was.",
                    on=one,
                    at=at,
                    fix=better,
                )


def _places(one: Manifest) -> Iterator[tuple[Key, ...]]:
    if one.kind in QUERIES:
        yield QUERIES[one.kind]
    if one.kind in ("AnalysisTemplate", "ClusterAnalysisTemplate"):
        for index, _ in one.each("spec", "metrics"):
            yield ("spec", "metrics", index, "provider", "prometheus", "query")
    if one.kind == "PrometheusRule":
        for group, _ in one.each("spec", "groups"):
            for rule, _ in one.each("spec", "groups", group, "rules"):
                yield ("spec", "groups", group, "rules", rule, "expr")


def rewritten(query: str) -> str | None:
    """The query over rates of buckets; none where it has them, or is too strange to say."""
    asked = QUANTILE.search(query)
    if asked is None or re.search(r"\b(rate|irate|increase|delta)\s*\(", query[asked.end() :]):
        return None
    inner = next(
        (
            found
            for found in INNER.finditer(query, asked.end())
            if found[1] not in ("sum", "by", "le", "avg", "max", "without")
        ),
        None,
    )
    if inner is None:
        return None
    name = inner[1] if inner[1].endswith("_bucket") else f"{inner[1]}_bucket"
    return f"histogram_quantile({asked[1]}, sum by (le) (rate({name}{inner[2] or ''}[5m])))"


HAZARD = Hazard(
    name="raw-histogram",
    title="A quantile of raw counters",
    why="Buckets count since the process began, so a version that is slow since a minute ago looks as fast as its "
    "history; without `_bucket` there is no quantile at all, and a check without a value fails.",
    find=find,
)
