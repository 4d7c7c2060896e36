"""A Flagger metric that Flagger has no query for."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting

KNOWN = {"request-success-rate", "request-duration"}


def find(setting: Setting) -> Iterator[Found]:
    """Its own two need none."""
    for canary in setting.of("Canary"):
        if not canary.version.startswith("flagger.app/"):
            continue
        for index, metric in canary.each("spec", "analysis", "metrics"):
            name = str(metric.get("name", ""))
            if name in KNOWN or metric.get("templateRef") or metric.get("query"):
                continue
            metrics = [dict(one) for _, one in canary.each("spec", "analysis", "metrics")]
            metrics[index]["templateRef"] = {"name": name}
            yield Found(
                what=f"{canary.called} asks the metric {name}, for which Flagger has no query.",
                on=canary,
                at=("spec", "analysis", "metrics", index),
                fix="Name a MetricTemplate, whose query is an example. In a release file it is `guard.metrics`.",
                patch=canary.patch(spec={"analysis": {"metrics": metrics}}),
                also=_template(name),
            )


def _template(name: str) -> dict[str, object]:
    query = (
        'sum(rate(http_requests_total{namespace="{{ namespace }}", pod=~"{{ target }}-[0-9a-z]+-[0-9a-z]+", '
        'status=~"5.."}[{{ interval }}])) / sum(rate(http_requests_total{namespace="{{ namespace }}", '
        'pod=~"{{ target }}-[0-9a-z]+-[0-9a-z]+"}[{{ interval }}])) * 100'
    )
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "MetricTemplate",
        "metadata": {"name": name},
        "spec": {"provider": {"type": "prometheus", "address": "http://prometheus:9090"}, "query": query},
    }


HAZARD = Hazard(
    name="metric-without-template",
    title="A Flagger metric without a template",
    why="Each look at it counts as a failed check, so a release that is well is taken back.",
    find=find,
)
