"""Pure statistics of the guard: counts in, verdicts out. No effects, no clock.

Read `windows` (what happened between two samples), `tally` (what a run knows), `judge` (what it means).
"""
