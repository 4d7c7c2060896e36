"""Prometheus' instant queries: https://prometheus.io/docs/prometheus/latest/querying/api/."""

import math
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from shipway.adapters.metrics._placeholders import QueryWrong, shown
from shipway.adapters.web.client import Client

PART = "shipway_part"
"""The label that tells the parts of one combined query apart."""
NOW = "now"
SERIES_MAX = 5000
ANNOTATIONS = ("PromQL info", "PromQL warning")
"""Remarks on a query, which is answered in full all the same."""


class Native(Struct, frozen=True):
    """A native histogram; a bucket is (which ends belong to it, lower end, upper end, count), numbers as text."""

    count: str = "0"
    sum: str = "0"
    buckets: tuple[tuple[int, str, str, str], ...] = ()


class Item(Struct, frozen=True):
    """One series at one instant."""

    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None
    histogram: tuple[float, Native] | None = None

    @property
    def at(self) -> float:
        """When the query was evaluated, on the server's clock."""
        found = self.value or self.histogram
        return found[0] if found else 0.0

    @property
    def number(self) -> float:
        """The value; NaN for a histogram, and for what is no number."""
        try:
            return float(self.value[1]) if self.value else math.nan
        except ValueError:
            return math.nan

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return self.value[1] if self.value else "a histogram"


class _Data(Struct, frozen=True, rename="camel"):
    result_type: str = ""
    result: msgspec.Raw = msgspec.Raw(b"[]")


class _Envelope(Struct, frozen=True, rename="camel"):
    status: str
    data: _Data | None = None
    error_type: str = ""
    error: str = ""
    warnings: tuple[str, ...] = ()


class _Build(Struct, frozen=True):
    version: str = ""


class _Information(Struct, frozen=True):
    status: str
    data: _Build = _Build()


class Vector(Struct, frozen=True):
    """Series by part, all evaluated at one instant and on one state of the server's data."""

    at: float
    parts: Mapping[str, tuple[Item, ...]]


class Api:
    """One server."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def version(self) -> str:
        """What answers; empty where a server that only speaks the query API does not say."""
        answer = await self.client.get("/api/v1/status/buildinfo", {})
        if answer.status != 200:
            return ""
        return self.client.read(answer, _Information).data.version

    async def together(self, queries: Mapping[str, str]) -> Vector:
        """Several queries as one, so that all see the same scrapes. Raises `QueryWrong` for any of them."""
        found: dict[str, list[Item]] = {part: [] for part in (*queries, NOW)}
        for item in await self.one(_combined(queries)):
            labels = dict(item.metric)
            found.setdefault(labels.pop(PART, ""), []).append(msgspec.structs.replace(item, metric=labels))
        now = found.pop(NOW)
        if not now or found.keys() - queries.keys():
            raise self.client.silent(
                "Prometheus lost the labels of a combined query",
                why="What answers does not keep what label_replace() adds, or a proxy takes labels away.",
                fix="Ask a server that speaks all of PromQL.",
            )
        return Vector(now[0].at, {part: tuple(listed) for part, listed in found.items()})

    async def one(self, query: str, *, key: str = "query", at: float | None = None) -> tuple[Item, ...]:
        """One query, now or at an instant of the server's clock; a scalar is a series without labels.

        Raises `QueryWrong`, which names the key of the release file, for what gives no numbers.
        """
        where = f"{key}: {shown(query)}"
        form = {"query": query} if at is None else {"query": query, "time": f"{at:.3f}"}
        answer = await self.client.post_form("/api/v1/query", form)
        told = self.client.read(answer, _Envelope)
        if told.status != "success" or told.data is None:
            raise self._refused(told, where)
        partial = [warning for warning in told.warnings if not warning.startswith(ANNOTATIONS)]
        if partial:
            raise self.client.silent(
                "Prometheus answered in part only", why=shown("; ".join(partial)), fix="Repair the store it names."
            )
        return self._items(told.data, where)

    def _items(self, data: _Data, where: str) -> tuple[Item, ...]:
        match data.result_type:
            case "vector":
                return _few(self.client.decoded(data.result, tuple[Item, ...]), where)
            case "scalar":
                return (Item(value=self.client.decoded(data.result, tuple[float, str])),)
            case kind:
                raise QueryWrong(
                    f"the query gives a {kind} where numbers are meant",
                    where=where,
                    why=f"It came back as {shown(bytes(data.result).decode('utf-8', 'replace'))}",
                    fix="Ask for an instant vector: no [5m] at the end, and no text.",
                )

    def _refused(self, told: _Envelope, where: str) -> Exception:
        if told.error_type in ("bad_data", "execution"):
            return QueryWrong(
                "Prometheus does not understand the query" if told.error_type == "bad_data" else "the query fails",
                where=where,
                why=shown(told.error),
                fix="Try it in Prometheus' own page, with a version that runs.",
            )
        return self.client.silent(f"Prometheus failed: {told.error_type or told.status}", why=shown(told.error))


def _combined(queries: Mapping[str, str]) -> str:
    """Each series gets a label with its part; lines keep a comment in one query from hiding the next."""
    parts = {**queries, NOW: "vector(time())"}
    return "\nor\n".join(
        f'label_replace((\n{query}\n), "{PART}", "{part}", "", "")' for part, query in parts.items()
    )


def _few(items: tuple[Item, ...], where: str) -> tuple[Item, ...]:
    if len(items) <= SERIES_MAX:
        return items
    raise QueryWrong(
        f"the query gives {len(items)} series",
        where=where,
        why=f"More than {SERIES_MAX} are too much to ask for at each look. The first: {labelled(items[:1])}",
        fix="Sum them: `sum by (instance, code) (…)`.",
    )


def labelled(items: Iterable[Item]) -> str:
    """Series as Prometheus writes them, with their values."""
    return ", ".join(f"{name_of(item.metric)} {item.text}" for item in items)


def name_of(metric: Mapping[str, str]) -> str:
    """`http_requests_total{code="200"}`."""
    labels = ",".join(f'{key}="{value}"' for key, value in sorted(metric.items()) if key != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"
