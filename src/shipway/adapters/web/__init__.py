"""Asks services over HTTP: with a deadline, a limit on what is read, and credentials that are never shown."""
