"""All that varies, one Protocol a file. Every call of an adapter has a deadline and fails with a `PortError`.

Effects are absolute, keyed and fenced: each carries the generation of its intent, and a port refuses one
that is older than the newest it applied for the same key (`StaleGeneration`). Doing twice equals doing once.
Accepting is not having done: what was done is only what `observe` later reports.
"""
