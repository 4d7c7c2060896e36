"""The engine in a simulated world: virtual time, faults by seed, safety rules checked at every change.

It is what `shipway rehearse` plays and what the proofs run. It needs no test library.
"""
