"""Values of Prometheus as the counts that they have to be."""

from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics.prometheus.api import Item, labelled, name_of

STATUS_LABELS = (
    "code",
    "status",
    "status_code",
    "response_code",
    "http_status_code",
    "http_response_status_code",
    "envoy_response_code_class",
)
"""What client libraries, Istio, OpenTelemetry and Envoy call the status of an answer."""


def whole(item: Item) -> int:
    """A raw counter's value. Raises `QueryWrong` for what nothing can have counted."""
    number = item.number
    if number >= 0.0 and number.is_integer():
        return int(number)
    raise QueryWrong(
        "the query gives what is no count",
        where=name_of(item.metric),
        why=f"It came back as {item.text}; a counter is whole, and not negative.",
        fix="Ask for the raw counter, without rate() or increase(): Shipway takes differences itself.",
    )


def is_error(item: Item) -> bool:
    """Whether the status in the labels is of class 5xx. Raises `QueryWrong` where there is no status."""
    status = next((item.metric[label] for label in STATUS_LABELS if label in item.metric), None)
    if status is not None:
        return status.startswith("5")
    raise QueryWrong(
        "nothing tells which requests were errors",
        where=f"requests: {labelled([item])}",
        why=f"The series has none of the labels {', '.join(STATUS_LABELS)}.",
        fix="Keep that label when you sum, or write `errors:` with a query of its own.",
    )
