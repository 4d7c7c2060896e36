"""Databases whose schema is changed, one folder each."""
