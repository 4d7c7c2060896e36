"""Kubernetes manifests as users write them: reading them, and what in them would lose requests. Pure."""
