"""A Service of the cluster: its selector names a version, or pods by whose number requests are divided."""

from shipway.adapters.traffic.service.build import build

__all__ = ["build"]
