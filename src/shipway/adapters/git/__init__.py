"""Reads repositories by the user's own git: none of its hooks and filters, nothing fetched or written."""
