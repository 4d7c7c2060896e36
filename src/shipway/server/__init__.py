"""Servers of ours: what other programs ask over HTTP."""
