"""Reads other people's pipelines: which of their steps deploy. A word in a comment or in an `echo` is none."""
