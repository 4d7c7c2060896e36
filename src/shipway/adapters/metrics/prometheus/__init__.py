"""Prometheus, and what speaks its query API: Thanos, Mimir, VictoriaMetrics."""

from shipway.adapters.metrics.prometheus.build import build
from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.adapters.metrics.prometheus.source import Prometheus

__all__ = ["Prometheus", "PrometheusOptions", "build"]
