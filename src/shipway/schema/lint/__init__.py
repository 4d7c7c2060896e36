"""Looks through migrations for what stops or breaks an application that runs."""
