"""Flags of the user who makes a request, as each web framework has it. A module needs its framework only."""
