"""Observe, judge, decide, converge, act: pure functions decide, `tick` alone acts."""
