"""Where requests are counted, when the data plane's own counters are not asked. One file per source."""

from shipway.spec.choice import Choice
from shipway.spec.metrics.cloudwatch import Options as CloudWatch
from shipway.spec.metrics.datadog import Options as Datadog
from shipway.spec.metrics.http import Options as Http
from shipway.spec.metrics.prometheus import Options as Prometheus


class Metrics(Choice):
    """Exactly one source. A new one is a file here and a line below."""

    prometheus: Prometheus | None = None
    datadog: Datadog | None = None
    cloudwatch: CloudWatch | None = None
    http: Http | None = None
