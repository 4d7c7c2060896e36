"""Pods of a Kubernetes cluster."""

from shipway.adapters.platforms.kubernetes.build import build

__all__ = ["build"]
