"""Flags that a server keeps: asking it, following it, and going on without it."""
